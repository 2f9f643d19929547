//! The actions of `-e`, by name.

/// An action of `-e`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EditAction {
    Init,
    Create,
    Import,
    Destroy,
    Deport,
    Enable,
    Disable,
    Assign,
    Ensure,
}

impl EditAction {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Init,
        Self::Create,
        Self::Import,
        Self::Destroy,
        Self::Deport,
        Self::Enable,
        Self::Disable,
        Self::Assign,
        Self::Ensure,
    ];

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Create => "create",
            Self::Import => "import",
            Self::Destroy => "destroy",
            Self::Deport => "deport",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Assign => "assign",
            Self::Ensure => "ensure",
        }
    }

    /// What all of them are called.
    pub(crate) fn names() -> [&'static str; 9] {
        Self::ALL.map(Self::name)
    }
}

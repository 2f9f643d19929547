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
}

impl EditAction {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Init,
        Self::Create,
        Self::Import,
        Self::Destroy,
        Self::Deport,
        Self::Enable,
        Self::Disable,
        Self::Assign,
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
        }
    }

    /// What all of them are called.
    pub(crate) fn names() -> [&'static str; 8] {
        Self::ALL.map(Self::name)
    }
}

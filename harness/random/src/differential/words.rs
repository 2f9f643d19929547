//! Reads a call of the tool: the action, the instance that it names, and the directories of a new instance.

use std::path::{Path, PathBuf};

use super::owners::{Instance, PREFIX, Role};

/// A change of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `-e init`
    Init,
    /// `-e create`
    Create,
    /// `-e import`
    Import,
    /// `-e destroy`
    Destroy,
    /// `-e deport`
    Deport,
    /// `-e enable`
    Enable,
    /// `-e disable`
    Disable,
    /// `-e assign`
    Assign,
}

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// The change, if it is one.
    pub action: Option<Action>,
    /// What follows `-i`, wherever that is.
    pub name: Option<String>,
    /// What follows `-g`.
    pub group: Option<String>,
    /// What follows `-I`.
    pub new_name: Option<String>,
    /// What is done for instances, one after another: `-l`, `-x`, `-p`, and what follows.
    pub iteration: Option<(char, Vec<String>)>,
    settings: Vec<(String, String)>,
}

/// Commands that start or stop instances.
const STARTING: [&str; 4] = ["start", "stop", "quick-stop", "abort"];

impl Call {
    /// Reads the words after the tool's name.
    pub fn of(words: &[String]) -> Self {
        let mut call = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            match word.as_str() {
                "-e" => call.action = rest.next().and_then(|word| action(word)),
                "-i" => call.name = rest.next().cloned(),
                "-g" => call.group = rest.next().cloned(),
                "-I" => call.new_name = rest.next().map(|name| whole(name)),
                "-G" => drop(rest.next()),
                "-l" | "-x" | "-p" if call.action.is_none() && call.iteration.is_none() => {
                    let mode = word.chars().nth(1).unwrap_or_default();
                    call.iteration = Some((mode, rest.as_slice().to_vec()));
                }
                word => {
                    if let Some((name, value)) = word.split_once('=') {
                        call.settings.push((name.trim().to_owned(), value.trim().to_owned()));
                    }
                }
            }
        }
        call
    }

    fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().rev().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Where the configuration of a new instance is: as it is told, or beside the default one's under its name.
    pub fn config_directory(&self, instances: &[Instance]) -> Option<PathBuf> {
        if let Some(given) = self.setting("config_directory") {
            return Some(PathBuf::from(given));
        }
        let default = instances.iter().find(|one| one.role == Role::Default)?;
        Some(beside(&default.config, self.new_name.as_deref()?))
    }

    /// Where queue and data of a new instance are.
    pub fn directories(&self, instances: &[Instance]) -> (PathBuf, PathBuf) {
        let default = instances.iter().find(|one| one.role == Role::Default);
        let says = default.and_then(|one| one.says.as_ref());
        let place = |name: &str, default: Option<&PathBuf>| match (self.setting(name), default) {
            (Some(given), _) => PathBuf::from(given),
            (None, Some(default)) => beside(default, self.new_name.as_deref().unwrap_or_default()),
            (None, None) => PathBuf::new(),
        };
        (
            place("queue_directory", says.map(|says| &says.queue)),
            place("data_directory", says.map(|says| &says.data)),
        )
    }

    /// The command that `-p` passes on, if it is one of Postfix's.
    pub fn command(&self) -> Option<&str> {
        match &self.iteration {
            Some(('p', words)) => words.first().map(String::as_str),
            _ => None,
        }
    }

    /// Whether it starts or stops instances.
    pub fn starts_or_stops(&self) -> bool {
        self.command().is_some_and(|command| STARTING.contains(&command))
    }

    /// Whether all that is asked about instances fits this one.
    pub fn selects(&self, instance: &Instance) -> bool {
        let says = instance.says.as_ref();
        let named = |name: &String| instance.is_called(name);
        let grouped = |group: &String| says.is_some_and(|says| says.group == group.as_str());
        self.name.as_ref().is_none_or(named) && self.group.as_ref().is_none_or(grouped)
    }
}

/// A new name as it will be: with what all of them begin with.
fn whole(name: &str) -> String {
    if name == "-" || name.starts_with(PREFIX) { name.to_owned() } else { format!("{PREFIX}{name}") }
}

fn beside(default: &Path, name: &str) -> PathBuf {
    default.parent().unwrap_or(Path::new("/")).join(name)
}

fn action(word: &str) -> Option<Action> {
    Some(match word {
        "init" => Action::Init,
        "create" => Action::Create,
        "import" => Action::Import,
        "destroy" => Action::Destroy,
        "deport" => Action::Deport,
        "enable" => Action::Enable,
        "disable" => Action::Disable,
        "assign" => Action::Assign,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Action, Call};

    fn call(text: &str) -> Call {
        Call::of(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn words_tell_what_is_asked_for() {
        let destroy = call("-e destroy -i postfix-a");
        assert_eq!((destroy.action, destroy.name.as_deref()), (Some(Action::Destroy), Some("postfix-a")));
        let create = call("-e create -I postfix-b -G g config_directory=/x/y");
        assert_eq!(create.config_directory(&[]), Some("/x/y".into()));
        let stop = call("-p stop -i postfix-out");
        assert_eq!((stop.command(), stop.starts_or_stops()), (Some("stop"), true));
        assert_eq!(call("-l").iteration, Some(('l', Vec::new())));
    }
}

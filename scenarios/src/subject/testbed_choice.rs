//! The testbed that the options choose, and the manager as that testbed finds it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use postfix_fakes::version::PostfixVersion;
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::Testbed;
use postfix_harness::testbed::container::ContainerTestbed;
use postfix_harness::testbed::live::LiveTestbed;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::simulated::Simulated;

use crate::catalogue::testbed_name::TestbedName;
use crate::subject::copied_into_image;
use crate::subject::manager::{Manager, ManagerError};
use crate::subject::multi_tool::MultiTool;
use crate::subject::named_managers::{self, Reach};

/// Where cases are judged.
#[derive(Debug)]
pub enum TestbedChoice {
    /// On the simulated Postfix.
    Simulated(Simulated),
    /// On the installed one.
    Sandbox(Sandbox),
    /// On the one of an image.
    Container(ContainerTestbed),
    /// On all of that, its daemons running.
    Live(LiveTestbed),
}

/// Options that do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A version, and a testbed that has its own.
    #[error(
        "--postfix-version {0} chooses what is simulated; the sandbox has the installed Postfix: leave out one \
         of --testbed and --postfix-version"
    )]
    VersionOfInstalled(PostfixVersion),
    /// Two images.
    #[error("--image and --postfix-version both choose an image: leave out one of them")]
    TwoImages,
    /// An image, and a testbed without one.
    #[error("--image is for the testbeds container and live: add --testbed container")]
    ImageOfNothing,
}

impl TestbedChoice {
    /// As the options say.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn of(
        name: TestbedName,
        version: Option<PostfixVersion>,
        image: Option<&str>,
    ) -> Result<Self, Contradiction> {
        match (name, version, image) {
            (TestbedName::Container | TestbedName::Live, Some(_), Some(_)) => Err(Contradiction::TwoImages),
            (TestbedName::Container | TestbedName::Live, version, image) => {
                let series = version.unwrap_or(PostfixVersion::NEWEST).series();
                let image = image.unwrap_or(series);
                Ok(match name {
                    TestbedName::Live => Self::Live(LiveTestbed::on(image)),
                    _ => Self::Container(ContainerTestbed::on(image)),
                })
            }
            (_, _, Some(_)) => Err(Contradiction::ImageOfNothing),
            (TestbedName::Simulated, None, None) => Ok(Self::Simulated(Simulated::default())),
            (TestbedName::Simulated, Some(version), None) => Ok(Self::Simulated(Simulated { version })),
            (TestbedName::Sandbox, None, None) => Ok(Self::Sandbox(Sandbox::default())),
            (TestbedName::Sandbox, Some(version), None) => Err(Contradiction::VersionOfInstalled(version)),
        }
    }

    /// The same with this multi-instance tool. Only where nothing is replaced is one judged.
    ///
    /// # Errors
    /// When a faulty tool cannot be written down.
    pub fn with_multi_tool(mut self, multi_tool: &MultiTool, run: &RunDirectory) -> io::Result<Self> {
        if let Self::Live(testbed) = &mut self {
            testbed.judge_multi(multi_tool.program(run)?);
        }
        Ok(self)
    }

    /// The testbed.
    pub fn testbed(&self) -> &dyn Testbed {
        match self {
            Self::Simulated(testbed) => testbed,
            Self::Sandbox(testbed) => testbed,
            Self::Container(testbed) => testbed,
            Self::Live(testbed) => testbed,
        }
    }

    /// The manager that an option names, as it is known here.
    ///
    /// # Errors
    /// When there is no such manager here.
    pub fn manager(&self, option: Option<&OsStr>, run: &RunDirectory) -> Result<Manager, ManagerError> {
        let Some(option) = option.filter(|value| !value.as_bytes().trim_ascii().is_empty()) else {
            return Manager::from_option(option);
        };
        let here = std::env::current_dir().unwrap_or_default();
        if let Some(manager) = named_managers::inside(option, run)? {
            return Ok(manager);
        }
        match self {
            Self::Container(image) => {
                copied_into_image::manager(&|command: &[&str]| image.ask(run, command), run, option, &here)
            }
            Self::Live(image) => {
                copied_into_image::manager(&|command: &[&str]| image.ask(run, command), run, option, &here)
            }
            Self::Simulated(_) => match named_managers::shipped(option, Reach::Simulated)? {
                Some(manager) => Ok(manager),
                None => Manager::from_option(Some(option)),
            },
            Self::Sandbox(_) => match named_managers::shipped(option, Reach::Installed)? {
                Some(manager) => Ok(manager),
                None => Manager::from_option(Some(option)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Contradiction, TestbedChoice};
    use crate::catalogue::testbed_name::{
        TestbedName::Container, TestbedName::Sandbox, TestbedName::Simulated,
    };
    use postfix_fakes::version::PostfixVersion;

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let version = Some(PostfixVersion::V3_7);
        assert_eq!(TestbedChoice::of(Container, version, Some("x")).unwrap_err(), Contradiction::TwoImages);
        assert_eq!(TestbedChoice::of(Sandbox, None, Some("x")).unwrap_err(), Contradiction::ImageOfNothing);
        assert_eq!(TestbedChoice::of(Simulated, None, Some("x")).unwrap_err(), Contradiction::ImageOfNothing);
        assert!(matches!(
            TestbedChoice::of(Sandbox, version, None),
            Err(Contradiction::VersionOfInstalled(_))
        ));
        for fine in [(Container, None, None), (Container, version, None), (Simulated, version, None)] {
            assert!(TestbedChoice::of(fine.0, fine.1, fine.2).is_ok(), "{fine:?}");
        }
    }
}

//! The testbed that the options choose, prepared on this machine, and the manager as that testbed finds it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use postfix_fakes::bytes::ByteString;
use postfix_fakes::version::{Build, PostfixVersion};
use postfix_harness::run_directory::RunDirectory;
use postfix_harness::testbed::container::ContainerTestbed;
use postfix_harness::testbed::live::LiveTestbed;
use postfix_harness::testbed::sandbox::Sandbox;
use postfix_harness::testbed::simulated::{self, Simulated};
use postfix_harness::testbed::{PrepareError, Testbed};

use crate::catalogue::testbed_name::TestbedName;
use crate::subject::copied_into_image;
use crate::subject::faulty_fake::FaultyFake;
use crate::subject::manager::{Manager, ManagerError};
use crate::subject::named_managers::{self, Reach};

/// The testbed that the options choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestbedChoice {
    /// The simulated Postfix of this version.
    Simulated(PostfixVersion),
    /// The installed Postfix.
    Sandbox,
    /// The Postfix of this image.
    Container(String),
    /// All of the Postfix of this image, with its daemons running.
    Live(String),
}

/// A testbed that works on this machine. Cases are judged on it.
#[derive(Debug)]
pub enum PreparedTestbed {
    /// The simulated Postfix.
    Simulated(Simulated),
    /// The same with one faulty fake.
    FaultyFake(FaultyFake),
    /// The installed Postfix.
    Sandbox(Sandbox),
    /// The Postfix of an image.
    Container(ContainerTestbed),
    /// All of the Postfix of an image, with its daemons running.
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
    /// A release that no image of our own has for sure.
    #[error(
        "--postfix-version {0} names a release, and an image is chosen by its series; name the series, or the image \
         with --image REF"
    )]
    ReleaseOfImage(PostfixVersion),
    /// An image, and a testbed without one.
    #[error("--image is for the testbeds container and live: add --testbed container")]
    ImageOfNothing,
    /// A multi-instance tool, and a testbed on which no case calls it.
    #[error("--multi-tool is for the testbed live, where cases call it: leave it out, or add --testbed live")]
    ToolOfNothing,
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
            (TestbedName::Container | TestbedName::Live, Some(version), None)
                if ![PostfixVersion::upstream, PostfixVersion::debian]
                    .map(|of| of(version.series))
                    .contains(&version) =>
            {
                Err(Contradiction::ReleaseOfImage(version))
            }
            (TestbedName::Container | TestbedName::Live, version, image) => {
                let series = version.unwrap_or(PostfixVersion::NEWEST).series;
                let image = image.map_or_else(|| series.name(), str::to_owned);
                Ok(if name == TestbedName::Live { Self::Live(image) } else { Self::Container(image) })
            }
            (_, _, Some(_)) => Err(Contradiction::ImageOfNothing),
            (TestbedName::Simulated, version, None) => {
                Ok(Self::Simulated(version.unwrap_or(PostfixVersion::NEWEST)))
            }
            (TestbedName::Sandbox, None, None) => Ok(Self::Sandbox),
            (TestbedName::Sandbox, Some(version), None) => Err(Contradiction::VersionOfInstalled(version)),
        }
    }

    /// Prepares the testbed.
    ///
    /// # Errors
    /// When this machine lacks something, or the testbed does not work.
    pub fn prepare(&self, run: &RunDirectory) -> Result<PreparedTestbed, PrepareError> {
        Ok(match self {
            Self::Simulated(version) => PreparedTestbed::Simulated(Simulated { version: *version }),
            Self::Sandbox => PreparedTestbed::Sandbox(Sandbox::prepare(run)?),
            Self::Container(image) => PreparedTestbed::Container(ContainerTestbed::prepare(image, run)?),
            Self::Live(image) => PreparedTestbed::Live(LiveTestbed::prepare(image, run)?),
        })
    }
}

impl PreparedTestbed {
    /// Which testbed it is.
    pub fn name(&self) -> TestbedName {
        match self {
            Self::Simulated(_) | Self::FaultyFake(_) => TestbedName::Simulated,
            Self::Sandbox(_) => TestbedName::Sandbox,
            Self::Container(_) => TestbedName::Container,
            Self::Live(_) => TestbedName::Live,
        }
    }

    /// The testbed itself.
    pub fn testbed(&self) -> &dyn Testbed {
        match self {
            Self::Simulated(testbed) => testbed,
            Self::FaultyFake(testbed) => testbed,
            Self::Sandbox(testbed) => testbed,
            Self::Container(testbed) => testbed,
            Self::Live(testbed) => testbed,
        }
    }

    /// Its Postfix.
    pub fn postfix(&self) -> Build {
        self.testbed().world_options(&ByteString::default()).postfix
    }

    /// The manager that an option names, as it is known here.
    ///
    /// # Errors
    /// When there is no such manager here.
    pub fn manager(&self, option: Option<&OsStr>, run: &RunDirectory) -> Result<Manager, ManagerError> {
        let Some(option) = option.filter(|value| !value.as_bytes().trim_ascii().is_empty()) else {
            return Manager::from_option(option);
        };
        let option = named_managers::meant(option).map_or(option, OsStr::new);
        let here = std::env::current_dir().unwrap_or_default();
        if let Some(manager) = named_managers::inside(option, run)? {
            return Ok(manager);
        }
        let in_image = |ask| copied_into_image::manager(ask, run, option, &here);
        let reach = match self {
            Self::Container(image) => return in_image(&|command: &[&str]| image.ask(run, command)),
            Self::Live(image) => return in_image(&|command: &[&str]| image.ask(run, command)),
            Self::Simulated(_) | Self::FaultyFake(_) => Reach::Simulated,
            Self::Sandbox(_) => Reach::Installed,
        };
        let manager = match named_managers::shipped(option, reach)? {
            Some(manager) => manager,
            None => Manager::from_option(Some(option))?,
        };
        if reach == Reach::Simulated { in_sight(manager, run) } else { Ok(manager) }
    }
}

/// The manager where a world lets it be seen: as a copy, if a program of the world may lie over it.
fn in_sight(manager: Manager, run: &RunDirectory) -> Result<Manager, ManagerError> {
    let may_be_hidden = |program: &&Path| program.parent().is_some_and(simulated::may_hide);
    let Some(program) = manager.program().filter(may_be_hidden) else { return Ok(manager) };
    let copy = run.copy_program(program).map_err(ManagerError::Script)?;
    Ok(manager.with_program(&copy))
}

#[cfg(test)]
mod tests {
    use super::{Contradiction, TestbedChoice};
    use crate::catalogue::testbed_name::{
        TestbedName::Container, TestbedName::Sandbox, TestbedName::Simulated,
    };
    use postfix_fakes::version::{PostfixVersion, Series};
    use postfix_harness::run_directory::RunDirectory;
    use std::ffi::OsStr;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let version = Some(PostfixVersion::upstream(Series::V3_7));
        assert_eq!(TestbedChoice::of(Container, version, Some("x")).unwrap_err(), Contradiction::TwoImages);
        assert_eq!(TestbedChoice::of(Sandbox, None, Some("x")).unwrap_err(), Contradiction::ImageOfNothing);
        assert_eq!(TestbedChoice::of(Simulated, None, Some("x")).unwrap_err(), Contradiction::ImageOfNothing);
        assert!(matches!(
            TestbedChoice::of(Sandbox, version, None),
            Err(Contradiction::VersionOfInstalled(_))
        ));
        let release = "3.7.1".parse().ok();
        assert!(matches!(TestbedChoice::of(Container, release, None), Err(Contradiction::ReleaseOfImage(_))));
        for fine in [(Container, None, None), (Container, version, None), (Simulated, version, None)] {
            assert!(TestbedChoice::of(fine.0, fine.1, fine.2).is_ok(), "{fine:?}");
        }
    }

    #[test]
    fn a_manager_that_a_world_may_hide_is_judged_as_a_copy() {
        let base = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(base.path(), &std::env::current_exe().unwrap()).unwrap();
        let testbed = TestbedChoice::of(Simulated, None, None).unwrap().prepare(&run).unwrap();
        let program = |option: &str| {
            let manager = testbed.manager(Some(OsStr::new(option)), &run).unwrap();
            assert!(manager.answers_to(option));
            manager.program().unwrap().to_path_buf()
        };
        assert_eq!(program("/bin/sh"), Path::new("/bin/sh"));
        let hidden = std::fs::read_dir("/usr/sbin").unwrap().find_map(|entry| {
            let path = entry.unwrap().path();
            let found = path.metadata().ok()?;
            (found.is_file() && found.permissions().mode() & 0o111 != 0).then_some(path)
        });
        let hidden = hidden.expect("every system has a program in /usr/sbin");
        let copy = program(hidden.to_str().unwrap());
        assert!(copy.starts_with(run.path()) && copy.file_name() == hidden.file_name());
        assert_eq!(std::fs::read(copy).unwrap(), std::fs::read(hidden).unwrap());
    }
}

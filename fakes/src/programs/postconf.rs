//! postconf(1): shows and edits parameters and services.
//! Only an edit has side effects. So scripts can ask postconf in their own process.

#[cfg(test)]
mod cache_tests;
mod edit;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzed;
mod master_cf;
mod request;
mod show;
mod values;

use crate::config::mail_params::Configuration;
use crate::config::main_cf::ExpansionLimit;
use crate::runtime::fake_names::specification;
use crate::runtime::fault_injection;
use crate::runtime::getopt::Options;
use crate::runtime::messages::{self, Severity, Utf8};
use crate::runtime::program::{Program, UNSUPPORTED};
use crate::runtime::standard_output::{print, say};

use edit::edit_request::EditRequest;
use edit::main_cf::edit_main;
use edit::master_cf::edit_master;
use request::options::{Action, Request, Target};
use request::stop::{BUFFER, Stop};
use show::parameters::Printer;
use show::{advice, map_types, tls_support};
pub(crate) use values::call::{Call, ParameterCache};
use values::collection::Source;
use values::parameter_set::ParameterSet;

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    pub(crate) status: u8,
    /// The signal that ends the program.
    pub(crate) signal: Option<i32>,
    /// What was asked that is not simulated.
    pub(crate) unsupported: Option<String>,
}

/// Does the job of the fake.
pub(crate) fn job(program: &Program) -> u8 {
    let call = Call {
        world: &program.world,
        called: program.called.clone(),
        arguments: program.arguments.clone(),
        mail_config: program.variable("MAIL_CONFIG").map(<[u8]>::to_vec),
        edit_fault: program.edit_fault,
        limit: ExpansionLimit::default(),
        cache: None,
    };
    let output = call.answer();
    print(&output.stdout);
    say(&output.stderr);
    if let Some(signal) = output.signal {
        return fault_injection::die_by(program, signal);
    }
    match output.unsupported {
        Some(request) => program.refuse(&request),
        None => output.status,
    }
}

impl Call<'_> {
    /// Answers the call.
    pub(crate) fn answer(&self) -> Output {
        let mut output = Output::default();
        match self.attempt(&mut output) {
            Ok(()) => {}
            Err(Stop::Fatal(text)) => {
                // What is still in its buffer is lost when the real program gives up.
                let written = output.stdout.len().saturating_sub(1) / BUFFER * BUFFER;
                output.stdout.truncate(written);
                output.stderr.extend(messages::line(&self.called, Severity::Fatal, &text, Utf8::Masked));
                output.status = 1;
            }
            Err(Stop::With(status)) => output.status = status,
            Err(Stop::Crash) => {
                output.stdout.clear();
                output.signal = Some(nix::sys::signal::Signal::SIGSEGV as i32);
                output.status = 139;
            }
            Err(Stop::Killed) => {
                output.signal = Some(nix::sys::signal::Signal::SIGKILL as i32);
                output.status = 137;
            }
            Err(Stop::Unsupported(request)) => {
                output.unsupported = Some(request);
                output.status = UNSUPPORTED;
            }
        }
        output
    }

    fn attempt(&self, output: &mut Output) -> Result<(), Stop> {
        let version = self.world.settings.version();
        let options = Options::parse(specification("postconf", version).unwrap_or_default(), &self.arguments);
        let request = Request::parse(&self.called, version, &options, &self.arguments, &mut output.stderr)?;
        let mut warnings = Vec::new();
        let result = match request.action {
            Action::Edit(kind) => {
                let edit = if request.target == Target::Services { edit_master } else { edit_main };
                let (directory, fault) = (self.directory(&options), self.edit_fault);
                let words = &request.names[..];
                edit(&EditRequest { directory, version, kind, fault, words }, &mut warnings)
            }
            Action::Show => self.show(&request, &options, &mut output.stdout, &mut warnings),
            Action::ListMapTypes => self.list_map_types(&options, &mut output.stdout, &mut warnings),
            Action::TellOfTls => {
                let what = options.last(b'T').unwrap_or_default();
                let tls_library = self.world.settings.tls_library.as_ref();
                let tls_library = tls_library.map(|library| &library.0[..]);
                tls_support::tell(what, tls_library, &mut output.stdout, &mut warnings)
            }
        };
        for warning in warnings {
            output.stderr.extend(messages::line(&self.called, Severity::Warning, &warning, Utf8::Masked));
        }
        result
    }

    fn list_map_types(
        &self,
        options: &Options,
        stdout: &mut Vec<u8>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Stop> {
        let directory = self.given_directory(options).map(<[u8]>::to_vec);
        let configuration = Configuration::read(self.world, "postconf", directory, warnings)?;
        let version = self.world.settings.version();
        for name in map_types::installed(version, &configuration.text("meta_directory")?, warnings)? {
            stdout.extend([&name[..], b"\n"].concat());
        }
        Ok(())
    }

    fn show(
        &self,
        request: &Request,
        options: &Options,
        stdout: &mut Vec<u8>,
        warnings: &mut Vec<Vec<u8>>,
    ) -> Result<(), Stop> {
        let known = &*Source { call: self, options, request }.known(warnings)?;
        // What this answer takes is not missing from the next.
        let limit = &known.limit.clone();
        let mut printer = Printer { request, known, limit, stdout, warnings };
        let concerns_main = request.target == Target::Parameters;
        if concerns_main {
            printer.show_parameters()?;
        } else {
            printer.show_services()?;
        }
        if !request.defaults && request.advise {
            let ParameterSet { settings, table, namespaces, .. } = known;
            let (version, settings) = (settings.version(), concerns_main.then_some(settings));
            advice::advise(self.directory(options), version, settings, table, namespaces, warnings);
        }
        Ok(())
    }
}

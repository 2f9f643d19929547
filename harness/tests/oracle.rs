//! Compares the oracle with tables that were written by hand from the clauses. No process is started.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use postfix_fakes::bytes::ByteString;
use postfix_fakes::fault::{Ending, Fault};
use postfix_harness::expectation::{Expectation, Status, Word};
use postfix_harness::invocation::{Invocation, Program};
use postfix_harness::journal::ScriptCall;
use postfix_harness::layout::{DEFAULT, Damage, Draft, Instance, Layout};
use postfix_harness::oracle::facts::Facts;
use postfix_harness::oracle::predict;
use postfix_harness::oracle::script::State;
use postfix_harness::oracle::unspecified::Unspecified;

/// The default instance enabled, and these beside it.
fn system(instances: Vec<Instance>) -> Draft {
    Draft {
        default: Instance { enable: Some("yes".into()), ..Instance::default() },
        instances,
        ..Draft::default()
    }
}

/// `a` and `c` enabled, `b` not.
fn three() -> Draft {
    system(vec![Instance::enabled("a"), Instance::disabled("b"), Instance::enabled("c")])
}

fn facts(draft: Draft) -> Facts {
    Facts::imagined(Layout::try_from(draft).unwrap())
}

fn with_list(list: &str, draft: Draft) -> Draft {
    Draft { list: Some(list.into()), ..draft }
}

fn flag(name: &str, value: &str) -> Instance {
    Instance { enable: Some(value.into()), ..Instance::disabled(name) }
}

fn damaged(name: &str, damage: Damage) -> Instance {
    Instance { damage: Some(damage), ..Instance::enabled(name) }
}

fn fault(instance: &str, command: &str, ends: Ending) -> Fault {
    Fault {
        instance: Some(instance.into()),
        command: Some(command.into()),
        ends: Some(ends),
        ..Fault::default()
    }
}

/// A world where all instances that are enabled run.
fn started(draft: Draft) -> (Facts, State) {
    let facts = facts(draft);
    let after = predict(&facts, &State::default(), &Invocation::postfix(&["start"])).unwrap().state_after;
    (facts, after)
}

fn lines(expectation: &Expectation) -> Vec<String> {
    expectation.runs.as_ref().unwrap().iter().map(ScriptCall::to_string).collect()
}

/// Asserts the runs, as `ScriptCall` writes them, and the status of `postfix ARGUMENTS`.
#[track_caller]
fn assert_comes(clause: &str, draft: Draft, arguments: &[&str], runs: &[&str], status: &Status) {
    assert_comes_of(clause, draft, &Invocation::postfix(arguments), runs, status);
}

#[track_caller]
fn assert_comes_of(clause: &str, draft: Draft, invocation: &Invocation, runs: &[&str], status: &Status) {
    let expectation = predict(&facts(draft), &State::default(), invocation).unwrap().expectation;
    assert_eq!(lines(&expectation), runs, "{clause}");
    assert_eq!(expectation.status, *status, "{clause}");
}

const OK: &Status = &Status::Exactly(0);
const FAILURE: &Status = &Status::Word(Word::Failure);

#[test]
fn one_instance_needs_no_manager() {
    let alone = || Draft { manager: Some("/nonexistent".into()), ..system(vec![]) };
    assert_comes("GEN-1", alone(), &["start"], &["default: start"], OK);
    assert_comes("GEN-1", alone(), &["check", "x", ""], &["default: check x \"\""], OK);
    assert_comes("MODE-7", with_list(" , ,\n\t, ", three()), &["start"], &["default: start"], OK);
    assert_comes("MODE-7", with_list("$nothing, ${nothing}", three()), &["start"], &["default: start"], OK);
    let disabled = Draft { default: Instance::default(), ..alone() };
    assert_comes("ENB-8", disabled, &["start"], &["default: start"], OK);
}

#[test]
fn one_instance_is_addressed_by_option_or_variable() {
    let nested = |name: &str| Instance {
        settings: [
            ("multi_instance_directories".to_owned(), ByteString::from("@root@/etc/postfix-b")),
            ("multi_instance_wrapper".to_owned(), ByteString::from("/bin/false")),
        ]
        .into(),
        ..Instance::enabled(name)
    };
    let draft = || system(vec![nested("a"), Instance::disabled("b")]);
    let only = |directory: &str| Invocation::postfix(&["status"]).with_environment("MAIL_CONFIG", directory);
    let one = Status::Exactly(1);
    assert_comes("IND-1", draft(), &["-c", "@root@/etc/postfix-b", "start"], &["b: start"], OK);
    assert_comes("IND-1", draft(), &["-c@root@/etc/postfix-b/", "--", "start"], &["b: start"], OK);
    assert_comes_of("IND-2", draft(), &only("@root@/etc/postfix-b"), &["b: status"], &one);
    let both = Invocation::postfix(&["-c", "@root@/etc/postfix-a", "check"])
        .with_environment("MAIL_CONFIG", "@root@/etc/postfix-b");
    assert_comes_of("IND-3, MODE-6", draft(), &both, &["a: check"], OK);
    assert_comes("IND-6", draft(), &["-c", "@default@", "start"], &["default: start"], OK);
    assert_comes_of("IND-6", draft(), &only("@default@"), &["default: status"], &one);
    assert_comes("IND-1", draft(), &["-c", "@root@/etc/none", "start"], &[], FAILURE);
    assert_comes("IND-1", draft(), &["-c", "etc/postfix-a", "start"], &[], FAILURE);
}

#[test]
fn several_instances_need_a_manager() {
    let draft = Draft { manager: Some(ByteString::default()), ..three() };
    let invocation = Invocation::postfix(&["start"]);
    let expectation = predict(&facts(draft), &State::default(), &invocation).unwrap().expectation;
    assert_eq!(lines(&expectation), Vec::<String>::new(), "MODE-5");
    assert_eq!(expectation.status, *FAILURE, "MODE-5");
    assert_eq!(expectation.stderr_contains, [b"multi_instance_wrapper"], "MODE-5");
    let outside = Invocation { entry: Program::Manager, ..invocation };
    assert_comes_of("MGR-9", three(), &outside, &[], FAILURE);
}

#[test]
fn start_starts_what_is_enabled_and_checks_the_rest() {
    let runs = ["default: start", "a: start", "b: check", "c: start"];
    assert_comes("GEN-2, MGR-1, MGR-2, MGR-17, ENB-1, ENB-3", three(), &["start"], &runs, OK);
    let with_words = ["default: start now", "a: start now", "b: check", "c: start now"];
    assert_comes("ENB-3", three(), &["start", "now"], &with_words, OK);
    let off = Draft { default: Instance::default(), ..three() };
    assert_comes("ENB-9", off, &["start"], &["default: check", "a: start", "b: check", "c: start"], OK);
    let faults = vec![fault("b", "check", Ending::Status(7)), fault("b", "start", Ending::Status(8))];
    assert_comes("ENB-4", Draft { faults, ..three() }, &["start"], &runs, &Status::Exactly(7));
}

#[test]
fn stopping_goes_backwards_and_past_what_is_not_enabled() {
    for command in ["stop", "abort", "drain", "quick-stop"] {
        let (facts, before) = started(three());
        let stopped = predict(&facts, &before, &Invocation::postfix(&[command])).unwrap();
        let runs: Vec<String> = ["c", "a", "default"].map(|name| format!("{name}: {command}")).into();
        assert_eq!(lines(&stopped.expectation), runs, "MGR-4, ENB-5, ENB-6");
        assert_eq!(stopped.expectation.status, *OK, "{command}");
        assert_eq!(stopped.state_after, State::default(), "{command}");
    }
    for command in ["reload", "flush"] {
        let (facts, before) = started(three());
        let after = predict(&facts, &before, &Invocation::postfix(&[command])).unwrap();
        let runs: Vec<String> = ["default", "a", "c"].map(|name| format!("{name}: {command}")).into();
        assert_eq!(lines(&after.expectation), runs, "ENB-5, MGR-17");
        assert_eq!((after.expectation.status, after.state_after), (OK.clone(), before), "{command}");
    }
}

#[test]
fn other_commands_reach_every_instance() {
    let with_arguments = ["check", "status", "unheard-of", ""].map(|command| vec![command, "a b", "*"]);
    let alone = ["set-permissions", "upgrade-configuration"].map(|command| vec![command]);
    for words in with_arguments.into_iter().chain(alone) {
        let (facts, before) = started(three());
        let after = predict(&facts, &before, &Invocation::postfix(&words)).unwrap();
        let arguments: Vec<ByteString> = words.into_iter().map(ByteString::from).collect();
        let run = |name: &str| ScriptCall { instance: name.to_owned(), arguments: arguments.clone() };
        let runs: Vec<ScriptCall> = [DEFAULT, "a", "b", "c"].map(run).into();
        assert_eq!(after.expectation.runs, Some(runs), "GEN-3, GEN-4, ENB-7, MGR-5");
    }
}

#[test]
fn the_list_is_read_in_any_spelling() {
    let runs = ["default: check", "c: check", "a: check"];
    for list in [
        "@root@/etc/postfix-c,@root@/etc/postfix-a",
        ",, @root@/etc/postfix-c ,\t,@root@/etc/postfix-a,",
        "\n  @root@/etc/postfix-c\n\t@root@/etc/postfix-a\n",
        "@root@/etc/postfix-c\n# neither b\n  @root@/etc/postfix-a",
    ] {
        assert_comes("MGR-3", with_list(list, three()), &["check"], &runs, OK);
    }
    let mut draft = with_list("$site/postfix-c ${site}/postfix-a,$(none)", three());
    draft.default.settings = [("site".to_owned(), ByteString::from("@root@/etc"))].into();
    assert_comes("MGR-14", draft, &["check"], &runs, OK);
    let odd = Instance { directory: ByteString::from("etc/*").try_into().ok(), ..Instance::enabled("star") };
    assert_comes("MGR-13", system(vec![odd]), &["check"], &["default: check", "star: check"], OK);
}

#[test]
fn an_instance_that_is_listed_twice_runs_once() {
    let list = "@root@/etc/postfix-a @default@ @root@/etc/postfix-c,@root@/etc/postfix-a/";
    let invocation = Invocation::postfix(&["start"]);
    let facts = facts(with_list(list, three()));
    let expectation = predict(&facts, &State::default(), &invocation).unwrap().expectation;
    assert_eq!(lines(&expectation), ["default: start", "a: start", "c: start"], "MGR-12");
    assert_eq!(expectation.status, *OK, "MGR-12");
    let directories: [&[u8]; 2] = [b"/world/etc/postfix", b"/world/etc/postfix-a"];
    assert_eq!(expectation.stderr_contains, directories, "MGR-12");
}

#[test]
fn the_status_is_that_of_the_last_command_that_failed() {
    let runs = ["default: start", "a: start", "b: check", "c: start"];
    let with = |faults: Vec<Fault>| Draft { faults, ..three() };
    let status = |name: &str, status: u8| fault(name, "start", Ending::Status(status));
    let both = with(vec![status("a", 3), status(DEFAULT, 4)]);
    assert_comes("MGR-6, MGR-8", both, &["start"], &runs, &Status::Exactly(3));
    assert_comes("MGR-7", with(vec![status("a", 0)]), &["start"], &runs, OK);
    let killed = with(vec![fault("c", "start", Ending::Signal(9))]);
    assert_comes("MGR-11", killed, &["start"], &runs, &Status::Exactly(137));
    let backwards = with(vec![fault("a", "stop", Ending::Status(3)), fault("c", "stop", Ending::Status(5))]);
    // Nothing runs, so the default instance's stop fails too, and it is the last one.
    let stopped = ["c: stop", "a: stop", "default: stop"];
    assert_comes("MGR-8, MGR-4", backwards, &["stop"], &stopped, &Status::Exactly(1));
    let beside = Fault { program: "postfix".into(), ..status("a", 9) };
    let without_a = ["default: start", "b: check", "c: start"];
    assert_comes("MGR-6", with(vec![beside]), &["start"], &without_a, &Status::Exactly(9));
}

#[test]
fn damage_is_reported_and_stays_where_it_is() {
    let damages = [
        Damage::DirectoryMissing,
        Damage::MainCfMissing,
        Damage::MainCfDirectory,
        Damage::MainCfUnreadable,
        Damage::MainCfSyntax,
    ];
    let sick = damages.map(|damage| damaged("b", damage)).into_iter();
    for instance in sick.chain(["maybe", "", "$nothing", "${"].map(|value| flag("b", value))) {
        let draft = || system(vec![Instance::enabled("a"), instance.clone(), Instance::enabled("c")]);
        let (facts, before) = started(draft());
        for command in ["start", "status", "reload", "stop"] {
            let invocation = Invocation::postfix(&[command]);
            let expectation = predict(&facts, &before, &invocation).unwrap().expectation;
            let mut names = ["default", "a", "c"];
            if command == "stop" {
                names.reverse();
            }
            let runs: Vec<String> = names.iter().map(|name| format!("{name}: {command}")).collect();
            assert_eq!(lines(&expectation), runs, "MGR-15, ENB-10: {instance:?}");
            assert_eq!(expectation.stderr_contains, [b"/world/etc/postfix-b"], "MGR-15, ENB-10");
            let status = if command == "start" { Status::Exactly(1) } else { FAILURE.clone() };
            assert_eq!(expectation.status, status, "MGR-8, MGR-15: {instance:?} {command}");
        }
        let faults = vec![fault("c", "check", Ending::Status(6))];
        let runs = ["default: check", "a: check", "c: check"];
        assert_comes("MGR-8", Draft { faults, ..draft() }, &["check"], &runs, &Status::Exactly(6));
    }
    let list = "@root@/etc/nowhere, @root@/etc/postfix-a relative";
    assert_comes("MGR-15", with_list(list, three()), &["check"], &["default: check", "a: check"], FAILURE);
    let mut draft = three();
    draft.default.damage = Some(Damage::MainCfSyntax);
    assert_comes("MGR-10", draft, &["check"], &[], FAILURE);
}

#[test]
fn the_flag_is_read_as_postfix_reads_it() {
    for (value, command) in [("yes", "start"), ("YES", "start"), ("No", "check"), ("$site", "start")] {
        let mut instance = flag("a", value);
        instance.settings = [("site".to_owned(), ByteString::from("yEs"))].into();
        let run = format!("a: {command}");
        assert_comes("ENB-10", system(vec![instance]), &["start"], &["default: start", &run], OK);
    }
    let absent = system(vec![Instance::disabled("a")]);
    assert_comes("ENB-2", absent, &["start"], &["default: start", "a: check"], OK);
}

#[test]
fn command_lists_classify_commands() {
    let mut draft = three();
    draft.default.settings = [
        ("postmulti_start_commands".to_owned(), ByteString::from("begin, start")),
        ("postmulti_stop_commands".to_owned(), ByteString::from("end")),
        ("postmulti_control_commands".to_owned(), ByteString::from("poke")),
    ]
    .into();
    let one = Status::Exactly(1);
    let runs = ["default: begin", "a: begin", "b: check", "c: begin"];
    assert_comes("ENB-11", draft.clone(), &["begin"], &runs, &one);
    assert_comes("ENB-11", draft.clone(), &["end"], &["c: end", "a: end", "default: end"], &one);
    assert_comes("ENB-11", draft.clone(), &["poke"], &["default: poke", "a: poke", "c: poke"], &one);
    let plain = ["default: stop", "a: stop", "b: stop", "c: stop"];
    assert_comes("ENB-11", draft, &["stop"], &plain, &one);
}

#[test]
fn where_the_clauses_are_silent_so_is_the_oracle() {
    let silent = |draft: Draft, invocation: &Invocation| -> Unspecified {
        predict(&facts(draft), &State::default(), invocation).unwrap_err()
    };
    let start = Invocation::postfix(&["start"]);
    let other = Draft { manager: Some("/bin/true".into()), ..three() };
    assert!(silent(other, &start).to_string().contains("another manager"));
    assert!(silent(three(), &Invocation::postfix(&[])).to_string().contains("no command"));
    let gate = Fault { gate: ByteString::from("g").try_into().ok(), ..Fault::default() };
    assert!(silent(Draft { faults: vec![gate], ..three() }, &start).to_string().contains("gates"));
    let mut homeless = three();
    homeless.default.damage = Some(Damage::DirectoryMissing);
    let by_hand = start.clone().with_environment("MAIL_CONFIG", "@root@/etc/postfix-a");
    assert!(silent(homeless, &by_hand).to_string().contains("meta_directory"));
    let dots = with_list("@root@/etc/../etc/postfix-a", three());
    assert!(silent(dots, &start).to_string().contains(".."));
    let disguised =
        Invocation { entry: Program::Manager, ..start.with_environment("command_directory", "/x") };
    assert!(silent(three(), &disguised).to_string().contains("only looks like"));
}

#[test]
fn what_other_programs_make_of_a_command_is_beyond_the_clauses() {
    let of = |arguments: &[&str]| {
        predict(&facts(three()), &State::default(), &Invocation::postfix(arguments))
            .map(|found| found.expectation)
    };
    for command in ["set-permissions", "upgrade-configuration"] {
        assert!(of(&[command, "x"]).unwrap_err().about.contains("post-install"), "{command}");
        assert_eq!(of(&[command]).unwrap().status, *OK);
    }
    for command in ["/bin/true", "start-fg", "post-install", "tls", "logrotate", "check-warn"] {
        assert!(of(&[command]).unwrap_err().about.contains("no clause tells"), "{command}");
    }
    assert_eq!(of(&["nonsense", "x"]).unwrap().status, Status::Exactly(1));
}

#[test]
fn a_signal_that_may_not_end_a_process_is_beyond_the_clauses() {
    let of = |signal: i32| {
        let draft = Draft { faults: vec![fault("a", "status", Ending::Signal(signal))], ..three() };
        predict(&facts(draft), &State::default(), &Invocation::postfix(&["status"]))
    };
    for harmless in [number_of("CHLD"), number_of("CONT"), number_of("STOP"), number_of("WINCH"), 0, 4096] {
        assert!(of(harmless).unwrap_err().about.contains("may not end"), "{harmless}");
    }
    for deadly in ["HUP", "KILL", "TERM", "USR1"] {
        assert!(of(number_of(deadly)).is_ok(), "{deadly}");
    }
}

/// A signal's number here.
fn number_of(name: &str) -> i32 {
    format!("SIG{name}").parse::<nix::sys::signal::Signal>().unwrap() as i32
}

#[test]
fn an_instance_with_programs_or_queues_of_its_own_is_beyond_the_clauses() {
    let with = |name: &str, value: &str| {
        let settings = [(name.to_owned(), ByteString::from(value))].into();
        let draft = system(vec![Instance { settings, ..Instance::enabled("a") }]);
        predict(&facts(draft), &State::default(), &Invocation::postfix(&["start"])).map(|_| ())
    };
    for name in ["command_directory", "daemon_directory", "queue_directory", "config_directory"] {
        assert!(with(name, "/elsewhere").unwrap_err().about.contains("of its own"), "{name}");
        assert!(with(name, "$nosuch${").unwrap_err().about.contains("of its own"), "{name}");
    }
    assert_eq!(with("command_directory", "@root@//usr/sbin/"), Ok(()));
    assert_eq!(with("data_directory", "/elsewhere"), Ok(()));
}

#[test]
fn a_fault_of_postfix_that_may_hide_damage_is_beyond_the_clauses() {
    let with = |instance: Option<&str>, program: &str| {
        let fault = Fault {
            program: program.to_owned(),
            instance: instance.map(Into::into),
            // One for all would end the very postfix that was called.
            command: instance.is_none().then(|| "stop".into()),
            ends: Some(Ending::Status(0)),
            ..Fault::default()
        };
        let instances = vec![damaged("a", Damage::MainCfMissing), Instance::enabled("b")];
        let draft = Draft { faults: vec![fault], ..system(instances) };
        predict(&facts(draft), &State::default(), &Invocation::postfix(&["start"]))
    };
    for whom in [None, Some("a")] {
        assert!(with(whom, "postfix").unwrap_err().about.contains("damaged"), "{whom:?}");
    }
    // Whom the fault strikes then is not the damaged one, or what it strikes never runs there.
    let expected =
        [(Some("b"), "postfix", &["default: start"][..]), (Some("a"), "", &["default: start", "b: start"])];
    for (whom, program, runs) in expected {
        let expectation = with(whom, program).unwrap().expectation;
        assert_eq!(
            (lines(&expectation), &expectation.status),
            (runs.iter().map(|run| (*run).to_owned()).collect(), FAILURE)
        );
    }
}

#[test]
fn a_fault_strikes_an_instance_by_the_spelling_of_its_directory() {
    let draft = |whom: &str| Draft {
        faults: vec![fault(whom, "start", Ending::Status(5))],
        ..with_list(
            "@root@/etc/postfix-a/, @root@/etc/postfix-b",
            system(vec![Instance::enabled("a"), Instance::enabled("b")]),
        )
    };
    let runs = ["default: start", "a: start", "b: start"];
    assert_comes("MGR-8", draft("b"), &["start"], &runs, &Status::Exactly(5));
    let silence =
        predict(&facts(draft("a")), &State::default(), &Invocation::postfix(&["start"])).unwrap_err();
    assert!(silence.about.contains("spelled in another way"), "{silence}");
}

#[test]
fn what_holds_in_every_world_is_told_with_placeholders() {
    let facts = Facts::of_any_world(Layout::try_from(three()).unwrap());
    let text = b"@default@ lists @root@/etc/a; @root and @ stay";
    assert_eq!(facts.with_placeholders(&facts.fill_in(text)), text);
    assert_ne!(facts.fill_in(text), text);
}

#[test]
fn a_directory_is_named_where_any_program_would_write_it_in_the_same_way() {
    let mentions = |directory: &[u8]| {
        let odd = Instance {
            directory: ByteString(directory.to_vec()).try_into().ok(),
            ..damaged("a", Damage::MainCfMissing)
        };
        let prediction =
            predict(&facts(system(vec![odd])), &State::default(), &Invocation::postfix(&["status"]));
        prediction.unwrap().expectation.stderr_contains
    };
    assert_eq!(mentions(b"etc/*?"), [b"/world/etc/*?"]);
    for odd in [&b"etc/back\\slash"[..], b"etc/quo'te", b"etc/dou\"ble", b"etc/`tick`", b"etc/\xff"] {
        assert!(mentions(odd).is_empty(), "{}", odd.escape_ascii());
    }
}

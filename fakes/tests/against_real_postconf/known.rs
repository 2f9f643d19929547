//! Cases picked by hand: what operators write, and what breaks parsers.

use crate::pair::{Case, Pair, compare_all};

/// Names that something in the host or in the layout of a world decides.
const OF_THE_HOST: &[&str] = &[
    "command_directory",
    "daemon_directory",
    "data_directory",
    "html_directory",
    "mail_release_date",
    "mail_version",
    "mailq_path",
    "manpage_directory",
    "mynetworks",
    "newaliases_path",
    "process_id",
    "queue_directory",
    "readme_directory",
    "sendmail_path",
    "shlib_directory",
];

/// The settings in what postconf(1) printed, each with the lines that it is folded into, but for those of the
/// host: a host with many networks has some of several lines.
fn without_the_host(stdout: &str) -> Vec<String> {
    let mut settings: Vec<String> = Vec::new();
    for line in stdout.lines() {
        match settings.last_mut() {
            Some(setting) if line.starts_with(' ') => {
                setting.push('\n');
                setting.push_str(line);
            }
            _ => settings.push(line.to_owned()),
        }
    }
    let is_host = |setting: &str| OF_THE_HOST.iter().any(|name| setting.starts_with(&format!("{name} =")));
    settings.retain(|setting| !is_host(setting));
    settings
}

/// What only one of the two has.
fn only_in_one<'t>(one: &'t [String], other: &[String]) -> Vec<&'t String> {
    one.iter().filter(|setting| !other.contains(setting)).collect()
}

pub(crate) fn lines(lines: &[&[&str]]) -> Vec<Vec<String>> {
    lines.iter().map(|line| line.iter().map(|&word| word.to_owned()).collect()).collect()
}

#[test]
fn all_defaults_are_the_same() {
    let Some(pair) = Pair::new() else { return };
    pair.write(
        "master.cf",
        b"smtp inet n - y - - smtpd\n  -o syslog_name=postfix/$service_name -o nosuch=1\n\
          smtp unix - - y - - smtp\nrelay unix - - y - - smtp\n  -o smtp_helo_timeout=5\nlocal unix - n n - - local\n\
          uucp unix - n n - - pipe flags=F user=uucp argv=x\npolicy unix - n n - 0 spawn argv=x\n",
    );
    for arguments in [&["-d"][..], &["-d", "-C", "service"], &["-d", "-C", "builtin"], &["-df"], &[]] {
        let (real, simulated) = (pair.real(arguments), pair.simulated(arguments));
        let (ours, theirs) = (without_the_host(&simulated.stdout), without_the_host(&real.stdout));
        assert_eq!(
            only_in_one(&ours, &theirs),
            only_in_one(&theirs, &ours),
            "left: only simulated, right: only real, {arguments:?}"
        );
        assert!(ours == theirs, "{arguments:?}: the same settings, in another order or number");
        assert_eq!((simulated.stderr, simulated.status), (real.stderr, real.status), "{arguments:?}");
        assert!(real.stdout.lines().count() > 20, "{arguments:?}: too little to compare");
    }
}

#[test]
fn files_that_are_written_strangely() {
    let command_lines = lines(&[
        &["-n"],
        &["-nx"],
        &["-x", "a", "b", "nosuch", "multi_instance_directories", "myhostname", "mydomain"],
        &["-h", "a", "multi_instance_enable", "virtual_maps", "strict", "config_directory"],
        &["-H", "a"],
        &["-nf"],
        &["-n", "-C", "user"],
    ]);
    let texts = [
        &b""[..],
        b"\n",
        b"a = 1",
        b"a = 1\nb = 2\n",
        b"  a = 1\n",
        b"  a = 1\n  continued\nb = 2\n",
        b"a = 1\n\n# comment\n  2\n",
        b"a =\n  1,\n  2\n",
        b"a = 1\na = 1\na = 2\n",
        b"a = 1\r\nb = 2\r\n",
        b"a b\n",
        b"= b\n",
        b"a\n",
        b"x\0 = 1\n",
        b"x = 1\0 2\n  3\ny = 2\n",
        b"\0\n",
        b"gr\xc3\xbcn = \xff\xfe\n",
        b"a = $gr\xc3\xbcn\n",
        b"# only a comment",
        b"\x0b = 1\n",
        b"a = \x0b1\x0c\n",
        b"process_name = me\nservice_name = x\nprocess_id = 1\n",
        b"virtual_maps = x\nfallback_relay = y\n",
        b"smtpd_restriction_classes = strict, $more\nstrict = reject\nmore = lax\nlax = permit\nother = 1\n",
        b"config_directory = /elsewhere\n",
        b"multi_instance_directories = $a, $b\na = /x\n",
        b"mydomain = example.com\n",
        b"mynetworks_style = nonsense\na = $b\n",
        b"mynetworks_style = nonsense\nmynetworks = 127.0.0.0/8\na = $b\n",
        b"myhostname = host.example.com\n",
        b"forward_path = $home/x ${nosuch}\nluser_relay = $nosuch\n",
    ];
    let case = |text: &&[u8]| Case {
        main_cf: text.to_vec(),
        command_lines: command_lines.clone(),
        ..Case::default()
    };
    compare_all(&texts.iter().map(case).collect::<Vec<_>>());
}

#[test]
fn a_megabyte_of_settings() {
    let Some(pair) = Pair::new() else { return };
    let many: String =
        (0..20_000).map(|index| format!("name_{index} = value $name_{}\n", index / 2)).collect();
    pair.write("main.cf", many.as_bytes());
    pair.compare(&["-n"]);
    let mut long = b"long = ".to_vec();
    long.resize(1 << 20, b'x');
    long.extend(b"\n  y\nuser = $long\n");
    pair.write("main.cf", &long);
    pair.compare(&["-n"]);
    pair.compare(&["-hx", "user"]);
}

#[test]
fn values_that_refer_to_others() {
    let command_lines = lines(&[&["multi_instance_name"], &["-x", "multi_instance_name", "a"], &["-hn"]]);
    let values = [
        "$a",
        "${a}",
        "$(a)",
        "$$a",
        "$",
        "$ a",
        "${",
        "${a",
        "$(a",
        "${}",
        "${ a }",
        "${a b}",
        "${a?x}",
        "${a:x}",
        "${empty?x}",
        "${empty:x}",
        "${nosuch?x}",
        "${nosuch:x}",
        "${a?{x}:{y}}",
        "${empty?{x}:{y}}",
        "${a?{x}y}",
        "${a?{x}:{y}z}",
        "${a??x}",
        "${a?:x}",
        "${a:?x}",
        "${a ? {x} : {y} }",
        "${{$a} == {one}?{x}:{y}}",
        "${{$a} != {one}}",
        "${{10} > {9}}",
        "${{1x} > {9}}",
        "${{a} < {b}?x}",
        "${{a} = {b}}",
        "${{a} =~ {b}}",
        "${{a} == b}",
        "${{a} == {b}",
        "${{a}}",
        "${{3.6} <level {3.10}?{x}:{y}}",
        "${{x} <level {1}?{x}:{y}}",
        "${{3.6} <=level {3.6}}",
        "${{3.6} ==foo {3.6}}",
        "${{3.2000} >=level {3}}",
        "${{-1} >=level {3}}",
        "${{$nosuch} == {}?{x}:{y}}",
        "${{99999999999999999999} > {9}}",
        "$loop",
        "${loop1}",
        "$deep0",
        "${a?$empty}${a:$nosuch}",
        "${a?${empty?{x}:{$a}}}",
        "$bad $a ${a}",
        "$a$a.$a",
        "${a?}",
        "${?x}",
        "$a-$b_c",
        "text { } ( )",
        "${a(b}",
        "$(a{b)",
        "$((a))",
        "${{$bad} == {x}?{x}:{y}}",
        "${a?$bad}",
        "${{$multi_instance_name} < {$multi_instance_name}}",
        "${bad?x}",
    ];
    let deep: String = (0..120).map(|level| format!("deep{level} = ${{deep{}}}\n", level + 1)).collect();
    let cases = values.iter().flat_map(|value| {
        let start = format!(
            "a = one\nempty =\nloop = $loop\nloop1 = $loop2\nloop2 = x$loop1\nbad = ${{a\n{deep}\
             multi_instance_name = {value}\n"
        );
        // Once as a built-in parameter has it, once as nobody but the user knows it.
        [start.clone(), start.replace("multi_instance_name =", "multi_instance_name = $own\nown =")]
    });
    let case = |text: String| Case {
        main_cf: text.into_bytes(),
        command_lines: command_lines.clone(),
        ..Case::default()
    };
    compare_all(&cases.map(case).collect::<Vec<_>>());
}

#[test]
fn command_lines() {
    let command_lines = lines(&[
        &["-Z"],
        &["-E"],
        &["-E", "a=b"],
        &["-o"],
        &["-nd"],
        &["-dn", "a"],
        &["-e"],
        &["-X"],
        &["-#"],
        &["-X", "a=b"],
        &["-X", ""],
        &["-#", "-n", "a"],
        &["-nx#", "a"],
        &["-hH"],
        &["-xd", "multi_instance_name"],
        &["-xd", "respectful_logging", "syslog_name"],
        &["-o", "a=2", "-x", "multi_instance_name"],
        &["-o", "c=3", "-o", "d=4", "-xn"],
        &["-o", "c", "-n"],
        &["-do", "a=2"],
        &["-C", "nosuch"],
        &["-C", "USER, service"],
        &["-C", "user", "a"],
        &["-CpM"],
        &["-aA"],
        &["-Mp"],
        &["-bt"],
        &["-lm"],
        &["--", "-n"],
        &["a", "-n"],
        &["-n", "a", "b", "a"],
        &["-e", "x"],
        &["-e", "=x"],
        &["-e", "#x=y"],
        &["-e", "x=y\nz"],
        &["a b=1"],
        &["-deX"],
        &["-M", "-X"],
        &["-Mh"],
        &["-Fn"],
        &["-PP", "*/*/a"],
        &["-P#", "a/unix/b"],
        &[""],
    ]);
    let main_cf = b"a = 1\nb = $a $c\nmulti_instance_name = $a\n".to_vec();
    compare_all(&[Case { main_cf, command_lines, ..Case::default() }]);
}

#[test]
fn output_before_a_failure_is_lost_or_not() {
    let Some(pair) = Pair::new() else { return };
    let many: String = (0..2000).map(|index| format!("n{index} = {}\n", "x".repeat(index % 90))).collect();
    pair.write("main.cf", format!("{many}virtual_maps = ${{\nmulti_instance_name = $all\n").as_bytes());
    let names: Vec<String> = (0..2000).map(|index| format!("n{index}")).collect();
    for count in [10, 100, 1000, 2000] {
        let mut arguments = vec!["-x".to_owned()];
        // Only what is referred to is known; each is, by the override.
        let references: String = names[..count].iter().map(|name| format!("${name} ")).collect();
        arguments.extend(["-o".to_owned(), format!("all={references}")]);
        arguments.extend_from_slice(&names[..count]);
        arguments.push("virtual_maps".to_owned());
        let (real, simulated) = (pair.real(&arguments), pair.simulated(&arguments));
        assert_eq!(simulated.stdout, real.stdout, "{count}");
        assert_eq!(simulated.status, Some(1), "{count}");
        assert_eq!(real.status, Some(1), "{count}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    let Some(pair) = Pair::new() else { return };
    let main = pair.directory().join("main.cf");
    let master = pair.directory().join("master.cf");
    let compare = || {
        for arguments in [
            &["-n"][..],
            &["-d", "multi_instance_enable"],
            &["-e", "a=1"],
            &["-h", "multi_instance_enable"],
            &["-M"],
            &["-MX", "a/unix"],
        ] {
            pair.compare(arguments);
        }
    };
    std::fs::remove_file(&main).unwrap();
    std::fs::create_dir(&main).unwrap();
    compare();
    std::fs::remove_dir(&main).unwrap();
    std::os::unix::fs::symlink("main.cf", &main).unwrap();
    compare();
    std::fs::remove_file(&main).unwrap();
    compare();
    pair.write("main.cf", b"a = 1\n");
    std::fs::remove_file(&master).unwrap();
    compare();
    pair.write("master.cf", b"smtp inet\n");
    compare();
    std::fs::remove_file(&master).unwrap();
    std::fs::create_dir(&master).unwrap();
    compare();
    std::fs::remove_dir_all(pair.directory()).unwrap();
    compare();
}

#[test]
fn edits_leave_the_same_file() {
    let Some(pair) = Pair::new() else { return };
    for text in [
        &b""[..],
        b"# top\na = 1\n# middle\nb = 2\n  more\n\n# end\n",
        b"a = 1\na=2\n a\nb\n",
        b"a = 1",
        b"  a\n#a = 1\na\t=1\n\ta\n# c\n b\nc=1\n",
        b"a\0 = 1\nb = 1\0\nc = 2\n",
        b"a",
        b"a = 1\nb\xff",
    ] {
        for arguments in [
            &["-e", "a = new "][..],
            &["a=new"],
            &["a=1", "a=2"],
            &["new = x y"],
            &["a="],
            &["-X", "a"],
            &["-X", "a "],
            &["-X", "a", "b"],
            &["-#", "a"],
            &["-#", "b", "nosuch"],
            &["  a = 1"],
            &["c=$a"],
        ] {
            let mut files = Vec::new();
            for is_real in [true, false] {
                pair.write("main.cf", text);
                let answer = if is_real { pair.real(arguments) } else { pair.simulated(arguments) };
                let path = pair.directory().join("main.cf");
                let mode =
                    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
                let left: Vec<_> = std::fs::read_dir(pair.directory()).unwrap().flatten().collect();
                files.push((
                    std::fs::read(path).unwrap().escape_ascii().to_string(),
                    mode,
                    left.len(),
                    answer,
                ));
            }
            assert_eq!(files[1], files[0], "left: simulated, right: real, {arguments:?}");
        }
    }
}

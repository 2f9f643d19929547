//! Cases of master.cf picked by hand: services as they are shipped, as operators write them, and as nobody should.

use std::ffi::OsString;
use std::fs::DirEntry;
use std::os::unix::fs::PermissionsExt;

use crate::known::lines;
use crate::pair::{Answer, Case, Pair, compare_all, many_at_a_time};

/// A service with all that is remarkable.
const SUBMISSION: &[u8] = b"# comment\nsubmission inet n       -       y       -       -       smtpd -v\n\
#  -o smtpd_tls_wrappermode=yes\n  -o syslog_name=postfix/$service_name -o { a = $b, $process_name }\n\
  -o mynetworks_style={host}\nlocal unix - n n - - local\n";

#[test]
fn services_are_shown_alike() {
    let command_lines = lines(&[
        &["-M"],
        &["-Mf"],
        &["-Mx"],
        &["-Mfx", "-o", "b=over"],
        &["-M", "submission/inet", "local", "*/unix", "nosuch"],
        &["-M", "smt*"],
        &["-M", "a/b/c"],
        &["-F"],
        &["-Fx", "*/*/command"],
        &["-FH", "local"],
        &["-Fh", "local/unix/service", "*/*/foo"],
        &["-P"],
        &["-Pxf"],
        &["-Ph", "*/*/a", "local"],
        &["-Px", "submission/inet/syslog_name"],
        &["-n"],
        &["-x", "syslog_name", "local_destination_rate_delay"],
    ]);
    let texts = [
        SUBMISSION,
        b"",
        b"a unix n n\n",
        b"a foo - - - - - x\n",
        b"a unix x - - - - x\n",
        b"a unix - - - 1?? - x\na unix\n",
        b"a unix - - - - 1? x\n",
        b"a unix-dgram - - - -? 0 x -vo a=1 -obar=$a -ox {b c} {d} {e f} -o {a b}\n",
        b"a unix - - - - - x -o{ a = 1 } -o {a -- y\n",
        b"a unix - - - - - x -o { b } -o {a=1}x -- {y}z { }\n",
        b"a unix - - - - - x\na unix - - - - - y -o b=1\na unix - - - - - z -o b=2\n",
        b"a unix - - - - - /usr/x -o process_name=me -o b=$process_name -o smtpd_restriction_classes=c,d -o c=1\n",
        b"a unix - - - - - x -o b\n",
        b" a unix - - - - - x\n",
    ];
    let case = |text: &&[u8]| Case {
        main_cf: b"a = 1\nb = $a\nsmtpd_recipient_restrictions = $a\n".to_vec(),
        master_cf: text.to_vec(),
        command_lines: command_lines.clone(),
    };
    compare_all(&texts.iter().map(case).collect::<Vec<_>>());
}

#[test]
fn edits_of_services_leave_the_same_file() {
    let long = "a/unix=a unix - n n - - pipe flags=R user=u { argv=/bin/x -y } -o {a b} -o{c = d e} \
                a_word_that_is_longer_than_most_others_so_that_lines_have_to_be_folded";
    let texts = [
        SUBMISSION,
        b"",
        b"a unix - n n - - local\n  -v\n# c\n\n  -D\na inet - - - - - x\na unix - - - - - y",
        b"a\0 unix\n",
        b"a\n  unix - - - - - x\n",
        b"a=b unix - - - - - x\n",
        b"a in/et - - - - - x\n",
        b"a unix too few\nb\xff",
    ];
    let command_lines = lines(&[
        &["-M", "a/unix=a unix - n n - - local"],
        &["-Me", long, "b/inet = c inet - - - - - x"],
        &["-M", "*/unix=b fifo - - - - - x", "a/*=c pass - - - - - y"],
        &["-M", "a/unix=a foo - n n - - local"],
        &["-M", "a/unix=a unix"],
        &["-M", "a/unix=a unix - - - - - x -o {"],
        &["-M", "a=a unix - - - - - x"],
        &["-MX", "a/unix"],
        &["-MX", "submission/inet", "*/unix"],
        &["-M#", "a/unix ", "a/inet"],
        &["-M#", "a/*"],
        &["-MX", "a"],
        &["-MX", "a/unix=x"],
        &["-MX", "#"],
    ]);
    let tasks: Vec<_> =
        texts.iter().flat_map(|text| command_lines.iter().map(move |line| (*text, line))).collect();
    many_at_a_time(&tasks, |pair, (text, arguments)| {
        let (real, simulated) = (
            after_edit(pair, text, arguments, Side::Real),
            after_edit(pair, text, arguments, Side::Simulated),
        );
        assert_eq!(
            simulated,
            real,
            "left: simulated, right: real, {arguments:?}, \"{}\"",
            text.escape_ascii()
        );
    });
}

#[derive(Clone, Copy)]
enum Side {
    Real,
    Simulated,
}

/// What an edit answers, and the files that it leaves: name, mode, text.
fn after_edit(
    pair: &Pair,
    text: &[u8],
    arguments: &[String],
    side: Side,
) -> (Answer, Vec<(OsString, u32, String)>) {
    for left in std::fs::read_dir(pair.directory()).unwrap().flatten() {
        std::fs::remove_file(left.path()).unwrap();
    }
    pair.write("master.cf", text);
    let answer = match side {
        Side::Real => pair.real(arguments),
        Side::Simulated => pair.simulated(arguments),
    };
    let file = |left: DirEntry| {
        let text = std::fs::read(left.path()).unwrap().escape_ascii().to_string();
        (left.file_name(), left.metadata().unwrap().permissions().mode(), text)
    };
    let mut files: Vec<_> = std::fs::read_dir(pair.directory()).unwrap().flatten().map(file).collect();
    files.sort();
    (answer, files)
}

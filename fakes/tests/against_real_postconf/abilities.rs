//! Tests how postconf(1) says how Postfix was built: types of lookup tables, and TLS.

use crate::pair::Pair;

#[test]
fn map_types_are_the_same_whatever_dynamicmaps_lists() {
    let Some(pair) = Pair::new() else { return };
    pair.write("main.cf", b"compatibility_level = 3.6\n");
    pair.compare(&["-m"]);
    let directory = pair.directory();
    let main_cf = format!("compatibility_level = 3.6\nmeta_directory = {}\n", directory.display());
    pair.write("main.cf", main_cf.as_bytes());
    pair.compare(&["-m"]);
    for list in [
        &b"lmdb plug-in.so open make\n"[..],
        b"# no\n\nlmdb\t/plug-in.so  open\nbtree x y\nlmdb other z\n",
        b"lmdb plug-in.so open make",
        b"lmdb plug-in.so open make more\n",
        b"a b c\nlmdb plug-in.so\n",
        b"  \n",
        b"+lmdb a b\n",
    ] {
        pair.write("dynamicmaps.cf", list);
        pair.compare(&["-m"]);
        pair.compare(&["-m", "ignored"]);
    }
    pair.write("dynamicmaps.cf", b"lmdb plug-in.so open make\n");
    std::fs::create_dir(directory.join("dynamicmaps.cf.d")).unwrap();
    pair.write("dynamicmaps.cf.d/any", b"cdb plug-in.so open\nlmdb again.so open\n");
    pair.compare(&["-m"]);
    let others = std::os::unix::fs::PermissionsExt::from_mode(0o664);
    std::fs::set_permissions(directory.join("dynamicmaps.cf"), others).unwrap();
    pair.compare(&["-m"]);
    std::fs::remove_file(directory.join("dynamicmaps.cf")).unwrap();
    std::fs::create_dir(directory.join("dynamicmaps.cf")).unwrap();
    pair.compare(&["-m"]);
    pair.write("main.cf", b"no setting\n");
    pair.compare(&["-m"]);
    std::fs::remove_file(directory.join("main.cf")).unwrap();
    pair.compare(&["-m"]);
}

#[test]
fn tls_is_told_of_alike() {
    let Some(pair) = Pair::new() else { return };
    for arguments in [
        &["-T", "public-key-algorithms"][..],
        &["-T", "public-key-algorithms", "ignored"],
        &["-T", "Public-Key-Algorithms"],
        &["-T", ""],
        &["-T"],
        &["-T", "x", "-T", "y"],
        &["-T", "x", "-m"],
        &["-m", "-n"],
        &["-T", "x", "-e"],
    ] {
        pair.compare(arguments);
    }
    // Which release of the library a package was compiled with is the packager's matter.
    let first = |answer: crate::pair::Answer| answer.stdout.split('.').next().unwrap_or_default().to_owned();
    let arguments = ["-T", "compile-version"];
    assert_eq!(first(pair.simulated(&arguments)), first(pair.real(&arguments)));
    std::fs::remove_file(pair.directory().join("main.cf")).unwrap();
    pair.compare(&["-T", "public-key-algorithms"]);
}

//! Tests the page as a browser shows it.
//! It asks others for nothing, has no overflow on a phone, can be used by keyboard and by screen readers, is legible
//! in light and dark, and works if scripts are forbidden.

use std::path::{Path, PathBuf};

use crate::browser::{self, Browser};
use crate::suite::{conformance, manager, run};
use postfix_process::skip::skip;
use serde_json::json;

/// Where pictures are left for people to look at.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A report of ours, of an older Postfix and of a wrong manager, and a browser to see it in.
fn page(name: &str) -> Option<(Browser, String)> {
    let Some(program) = browser::installed() else {
        let why = "no Chromium in PATH: install the package chromium";
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{why}");
        skip(why);
        return None;
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let wrong = manager("not-reversed");
    let runs: [&[&str]; 3] = [&[], &["--postfix-version", "3.7"], &["--manager", &wrong]];
    let cases = [
        "enable/maybe-on-stop",
        "manager/arguments-of-any-bytes",
        "manager/last-failure-in-reverse",
        "manager/stop-in-reverse",
        "robustness/term-on-stop",
        "shared-files/not-listed-checks-and-updates",
    ];
    let mut report = conformance(&["report", "--quiet"]);
    for (number, options) in runs.iter().enumerate() {
        let path = folder.path().join(format!("{number}.json"));
        run(&["--quiet", "--json", path.to_str().unwrap()]).args(*options).args(cases).output().unwrap();
        report.arg(path);
    }
    let page = pictures().join(format!("{name}.html"));
    report.arg("--html").arg(&page).assert().code(1);
    Some((Browser::start(&program), format!("file://{}", page.display())))
}

/// The ratio of luminances of text and what is behind it, for everything that has both: the smallest, and where.
const CONTRAST: &str = r"(() => {
    const colours = new Map();
    const drawn = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
        .getContext('2d', { willReadFrequently: true });
    const parts = (colour) => {
        if (!colours.has(colour)) {
            drawn.clearRect(0, 0, 1, 1); drawn.fillStyle = colour; drawn.fillRect(0, 0, 1, 1);
            colours.set(colour, drawn.getImageData(0, 0, 1, 1).data);
        }
        return colours.get(colour);
    };
    const luminance = (colour) => [...parts(colour)].slice(0, 3)
        .map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (node) => {
        for (; node; node = node.parentElement) {
            const colour = getComputedStyle(node).backgroundColor;
            if (parts(colour)[3] === 255) return colour;
        }
        return 'white';
    };
    const known = new Map();
    const looked = new Set();
    let worst = [99, ''];
    for (const node of document.querySelectorAll('body *')) {
        if (![...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())) continue;
        // What has the same tag and class at the same place looks the same.
        let kind = '';
        for (let at = node; at; at = at.parentElement) kind += at.tagName + at.className;
        if (looked.has(kind) || !node.checkVisibility() || node.closest('script, style')) continue;
        looked.add(kind);
        const pair = [getComputedStyle(node).color, behind(node)];
        const key = pair.join();
        if (!known.has(key)) {
            const [a, b] = pair.map(luminance);
            known.set(key, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
        }
        if (known.get(key) < worst[0]) worst = [known.get(key), node.className + ' ' + key];
    }
    return worst;
})()";

#[test]
fn it_asks_nobody_and_fits_every_width_in_light_and_dark() {
    let Some((mut browser, address)) = page("widths") else { return };
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (768, "light"), (360, "light"), (360, "dark")] {
        browser.look(width, scheme);
        browser.open(&address);
        assert_eq!(browser.count("Network.requestWillBeSent"), 1, "one page, and nothing else");
        assert_eq!(browser.count("Runtime.exceptionThrown"), 0);
        let open = "[...document.querySelectorAll('.panel')].filter((panel) => panel.getClientRects().length).length";
        assert_eq!(browser.value(open), 0, "{width}: a cell is open that nobody has opened");
        browser.picture(&pictures().join(format!("{width}-{scheme}.png")), 1600);
        browser.value("document.querySelectorAll('.cell[data-run=\"2\"]').forEach((cell) => cell.click())");
        browser.value("document.querySelectorAll('details').forEach((node) => { node.open = true; })");
        let seen = browser.value("document.scrollingElement.scrollWidth");
        let beyond = "[...document.querySelectorAll('body *')].filter((node) =>
            node.getBoundingClientRect().right > innerWidth + 1 && !node.closest('pre')).slice(0, 8)
            .map((node) => node.tagName + '.' + node.className)";
        let beyond = browser.value(beyond);
        assert_eq!(seen, width, "wider than its window: {beyond}");
        let contrast = browser.value(CONTRAST);
        assert!(contrast[0].as_f64().unwrap() >= 4.5, "{width} {scheme}: {contrast}");
        let first = "document.querySelector('.cell.fails').scrollIntoView({ behavior: 'instant' })";
        browser.value(first);
        browser.picture(&pictures().join(format!("{width}-{scheme}-open.png")), 2000);
    }
    let light = "matchMedia('(prefers-color-scheme: light)').matches";
    assert_eq!(browser.value(light), false, "dark was not seen at all");
}

#[test]
fn a_cell_opens_to_its_evidence_by_keyboard() {
    let Some((mut browser, address)) = page("keyboard") else { return };
    browser.look(1280, "light");
    browser.open(&address);
    let at_failing_cell = "document.activeElement.matches('.cell.fails')";
    let mut pressed = 0;
    while browser.value(at_failing_cell) == false {
        browser.press("Tab", 9, "");
        pressed += 1;
        assert!(pressed < 300, "no failing cell can be reached");
    }
    let outline = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.value(outline), "solid", "where the focus is cannot be seen");
    let panel = "document.getElementById(document.activeElement.getAttribute('aria-controls'))";
    assert_eq!(browser.value(&format!("{panel}.checkVisibility()")), false);
    browser.press("Enter", 13, "\r");
    assert_eq!(browser.value("document.activeElement.getAttribute('aria-expanded')"), "true");
    assert_eq!(browser.value(&format!("{panel}.checkVisibility()")), true);
    for part in ["table.layout", ".command kbd", "svg.bars rect", "del", "ins", ".again kbd"] {
        let visible =
            format!("[...{panel}.querySelectorAll('{part}')].some((node) => node.checkVisibility())");
        assert_eq!(browser.value(&visible), true, "{part}");
    }
    browser.press("Tab", 9, "");
    browser.press("Escape", 27, "");
    assert_eq!(browser.value(at_failing_cell), true, "the focus did not come back");
    assert_eq!(browser.value("document.activeElement.getAttribute('aria-expanded')"), "false");
}

#[test]
fn everything_has_a_name_and_a_place() {
    let Some((mut browser, address)) = page("names") else { return };
    browser.look(360, "light");
    browser.open(&address);
    browser.value("document.querySelector('.cell.fails').click()");
    let nodes = browser.accessible();
    let count = |role: &str| nodes.iter().filter(|(is, _)| is == role).count();
    for role in ["main", "banner", "navigation", "contentinfo"] {
        assert_eq!(count(role), 1, "{role}");
    }
    for role in
        ["button", "link", "checkbox", "table", "columnheader", "rowheader", "heading", "DisclosureTriangle"]
    {
        let unnamed = nodes.iter().filter(|(is, name)| is == role && name.trim().is_empty()).count();
        assert_eq!(unnamed, 0, "{role} without a name");
        assert!(count(role) > 0, "no {role}: {nodes:?}");
    }
    let cell =
        nodes.iter().find(|(role, name)| role == "button" && name.starts_with("MGR-4, faulty:not-reversed"));
    assert!(cell.is_some_and(|(_, name)| name.contains(": fails, ")), "{nodes:?}");
    assert_eq!(browser.value("document.querySelectorAll('h1').length"), 1);
    let jumps = "(() => { let last = 0; return [...document.querySelectorAll('h1,h2,h3,h4')]
        .map((node) => +node.tagName[1]).filter((level) => { const jump = level > last + 1; last = level; return jump; })
        .length; })()";
    assert_eq!(browser.value(jumps), 0, "a level of headings is left out");
    let duplicates = "[...document.querySelectorAll('[id]')].map((node) => node.id)
        .filter((id, at, all) => all.indexOf(id) !== at)";
    assert_eq!(browser.value(duplicates), json!([]));
}

#[test]
fn without_scripts_a_cell_leads_to_its_cases() {
    let Some((mut browser, address)) = page("scripts") else { return };
    browser.ask("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.open(&format!("{address}#p-MGR-4"));
    assert_eq!(browser.value("document.querySelectorAll('a.cell').length > 0"), true);
    assert_eq!(browser.value("document.getElementById('p-MGR-4').checkVisibility()"), true);
    assert_eq!(browser.value("document.getElementById('p-MGR-5').checkVisibility()"), false);
    let leads = "[...document.querySelectorAll('.panel a, .failures a')]
        .every((link) => document.getElementById(link.getAttribute('href').slice(1)))";
    assert_eq!(browser.value(leads), true);
}

#[test]
fn it_prints() {
    let Some((mut browser, address)) = page("print") else { return };
    browser.look(1280, "dark");
    browser.open(&address);
    browser.value("document.querySelector('.cell.fails').click()");
    let printed = browser.ask(
        "Page.printToPDF",
        &json!({ "printBackground": false, "paperWidth": 8.27, "paperHeight": 11.69 }),
    );
    // What every PDF begins with, in base 64.
    assert!(printed["data"].as_str().unwrap().starts_with("JVBERi0"));
    browser.ask("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        &json!({ "width": 720, "height": 1000, "deviceScaleFactor": 1, "mobile": false }),
    );
    assert_eq!(browser.value("document.scrollingElement.scrollWidth"), 720);
    assert_eq!(browser.value("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    assert_eq!(browser.value("document.querySelector('nav').checkVisibility()"), false);
    browser.value("document.querySelector('.cell.fails').scrollIntoView({ behavior: 'instant' })");
    browser.picture(&pictures().join("print.png"), 1600);
}

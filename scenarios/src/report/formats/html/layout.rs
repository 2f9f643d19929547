//! A layout on the page: a table of instances, the faults in words, and the case file.

use std::fmt::Write as _;

use postfix_fakes::fault::{EditFault, Ending, Fault};
use postfix_harness::layout::{Damage, Instance, Layout};

use crate::report::formats::html::markup::{bytes, text};
use crate::report::model::CaseRecord;

/// How much is told of a case that is the same in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingDetail {
    /// Everything.
    Full,
    /// Why it is there.
    Prose,
}

/// What there is to a case that is the same in every run.
pub(super) fn setting(case: &CaseRecord, detail: SettingDetail) -> String {
    let mut out = String::new();
    if !case.prose.is_empty() {
        let _ = write!(out, "<p>{}</p>", text(&case.prose));
    }
    if detail == SettingDetail::Prose {
        return out;
    }
    out.push_str(&layout(&case.layout));
    let _ = write!(
        out,
        "<details><summary>Case file {}.toml</summary><pre tabindex=\"0\">{}</pre></details>",
        // One that was given by its path has it in its name.
        text(case.name.strip_suffix(".toml").unwrap_or(&case.name)),
        text(&case.text)
    );
    out
}

fn layout(layout: &Layout) -> String {
    let mut out = String::from(
        "<table class=\"layout\" role=\"table\"><caption>Layout</caption><thead role=\"rowgroup\">\
         <tr role=\"row\"><th role=\"columnheader\" scope=\"col\">Instance</th>\
         <th role=\"columnheader\" scope=\"col\">Directory</th>\
         <th role=\"columnheader\" scope=\"col\">multi_instance_enable</th>\
         <th role=\"columnheader\" scope=\"col\">Further</th></tr></thead><tbody role=\"rowgroup\">",
    );
    for instance in layout.instances() {
        let enable = instance.enable.as_ref().map_or_else(
            || "<span class=\"quiet\">not set</span>".to_owned(),
            |value| format!("<code>{}</code>", bytes(value)),
        );
        let _ = write!(
            out,
            "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">{}</th>\
             <td role=\"cell\" data-name=\"Directory\"><code>{}</code></td>\
             <td role=\"cell\" data-name=\"multi_instance_enable\">{enable}</td>\
             <td role=\"cell\" data-name=\"Further\">{}</td></tr>",
            text(&instance.name),
            bytes(&instance.relative_directory()),
            further(instance)
        );
    }
    let _ = write!(
        out,
        "</tbody></table><p class=\"list\">multi_instance_directories = <code>{}</code><br>\
         multi_instance_wrapper = <code>{}</code></p>",
        bytes(&layout.list()),
        bytes(&layout.manager())
    );
    if !layout.faults().is_empty() {
        out.push_str("<ul class=\"faults\">");
        for fault in layout.faults() {
            let _ = write!(out, "<li>{}</li>", fault_in_words(fault));
        }
        out.push_str("</ul>");
    }
    out
}

fn further(instance: &Instance) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !instance.listed {
        parts.push("not listed".to_owned());
    }
    if let Some(damage) = instance.damage {
        parts.push(format!("<b>damaged:</b> {}", damage_in_words(damage)));
    }
    for (name, value) in &instance.settings {
        parts.push(format!("<code>{} = {}</code>", text(name), bytes(value)));
    }
    if let Some(main_cf) = &instance.main_cf {
        parts.push(format!("main.cf ends in <code>{}</code>", bytes(main_cf)));
    }
    parts.join("<br>")
}

fn damage_in_words(damage: Damage) -> &'static str {
    match damage {
        Damage::DirectoryMissing => "no configuration directory",
        Damage::MainCfMissing => "no main.cf",
        Damage::MainCfDirectory => "main.cf is a directory",
        Damage::MainCfFifo => "main.cf is a FIFO that nobody writes to",
        Damage::MainCfUnreadable => "main.cf cannot be read",
        Damage::MainCfSyntax => "main.cf ends in a line that is no setting",
    }
}

fn fault_in_words(fault: &Fault) -> String {
    let program = if fault.program.is_empty() { "postfix-script" } else { &fault.program };
    let mut words = format!("Fault: {}", text(program));
    if let Some(instance) = &fault.instance {
        let _ = write!(words, " of {}", bytes(instance));
    }
    if let Some(command) = &fault.command {
        let _ = write!(words, ", asked to <code>{}</code>,", bytes(command));
    }
    let mut deeds: Vec<String> = Vec::new();
    for (name, output) in [("standard output", &fault.stdout), ("standard error", &fault.stderr)] {
        if let Some(output) = output {
            let times = if fault.repeat > 1 { format!(", {} times", fault.repeat) } else { String::new() };
            deeds.push(format!("prints <code>{}</code> to {name}{times}", bytes(output)));
        }
    }
    if fault.echoes {
        deeds.push("prints what it reads".to_owned());
    }
    if let Some(gate) = &fault.gate {
        deeds.push(format!("waits at gate <code>{}</code>", bytes(gate.as_bytes())));
    }
    match fault.edit {
        Some(EditFault::FullDisk) => deeds.push("finds the disk full half-way through an edit".to_owned()),
        Some(EditFault::ReadOnly) => deeds.push("finds the file system read-only".to_owned()),
        Some(EditFault::Killed) => deeds.push("is killed half-way through an edit".to_owned()),
        None => {}
    }
    match fault.ends {
        Some(Ending::Status(status)) => deeds.push(format!("ends with status {status}")),
        Some(Ending::Signal(signal)) => deeds.push(format!("ends by signal {signal}")),
        None => {}
    }
    if deeds.is_empty() {
        deeds.push("does its job all the same".to_owned());
    }
    format!("{words} {}", deeds.join(", "))
}

//! A layout on the page: a table of instances, the faults in words, and the case file.

use std::fmt::Write as _;

use postfix_harness::layout::{Instance, Layout};

use crate::report::formats::html::markup::{bytes, text};
use crate::report::formats::layout_words::{damage_in_words, fault_in_words};
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
            let _ = write!(out, "<li>Fault: {}</li>", text(&fault_in_words(fault)));
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

//! The names of the fakes, and the options of each.

use crate::protocol::features::Feature;
use crate::protocol::version::PostfixVersion;

/// The fakes' names.
pub const NAMES: &[&str] = &[
    "mailq",
    "master",
    "post-install",
    "postconf",
    "postdrop",
    "postfix",
    "postfix-script",
    "postlog",
    "postqueue",
    "postsuper",
    "sendmail",
];

/// The options of each fake, as getopt(3) takes them. `postfix-script` and what it runs have none.
pub(crate) fn specification(name: &str, version: PostfixVersion) -> Option<&'static str> {
    Some(match name {
        "postfix" => "c:Dv",
        "postconf" if version.has(Feature::JsonOption) => "aAbc:C:deEfFhHjlmMno:pPqtT:vxX#",
        "postconf" if version.has(Feature::QuietOption) => "aAbc:C:deEfFhHlmMno:pPqtT:vxX#",
        "postconf" => "aAbc:C:deEfFhHlmMno:pPtT:vxX#",
        "postlog" => "c:ip:t:v",
        "postqueue" => "c:fi:jps:v",
        "postdrop" => "c:rv",
        "postsuper" if version.has(Feature::PostsuperExpire) => "c:d:e:f:h:H:pr:sSv",
        "postsuper" => "c:d:h:H:pr:sSv",
        "mailq" | "sendmail" => "A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:r:q:tvx",
        "master" => "c:Dde:istvw",
        _ => return None,
    })
}

//! A text as a QR code: dark on light in both themes, since not every camera reads it the other way round.

use super::ui::{El, svg};
use crate::draw::qr::{Modules, QUIET};

/// None: too long for a code that anybody could scan.
pub fn code(text: &str) -> Option<El> {
    let modules = Modules::of(text)?;
    let side = (modules.side + 2 * QUIET).to_string();
    let ground = svg("rect").attr("width", &side).attr("height", &side).attr("fill", "#fff");
    let dark = svg("path").attr("d", &modules.path()).attr("fill", "#000");
    let code = svg("svg").attr("viewBox", &["0 0 ", &side, " ", &side].concat()).attr("shape-rendering", "crispEdges");
    Some(code.attr("class", "qr").attr("role", "img").label("QR code of the link").add(ground).add(dark))
}

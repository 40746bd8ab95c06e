//! The calculator's setting.

use super::presets::OPTIONS;
use crate::explainers::Kind;

crate::knobs! {
    /// What the sheet begins with.
    pub struct Params {
        preset: "preset", "Begin with", Kind::Choice(&OPTIONS), 0,
            "A sheet to begin with, with what its source got beside it. Choosing one replaces what you have written.";
    }
    matters(_me, _key) {
        true
    }
}

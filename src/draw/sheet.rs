//! Some pictures on one sheet, to be taken away as a file: which, where, and how large a unit is.

use super::scene::Scene;

/// A picture and where its top left corner is, in the sheet's units. Nothing of it is seen outside of its size.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub x: f32,
    pub y: f32,
    pub scene: Scene,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Size of the file in pixels, whatever the units.
    pub width: u32,
    pub height: u32,
    /// Pixels a unit: what is drawn for a desk is larger on a slide.
    pub scale: f32,
    pub parts: Vec<Placed>,
}

use super::world::World;
use crate::sim::Micros;

pub mod charts {
    use super::*;
    pub fn charts(_: &World) -> Vec<crate::draw::chart::Chart> {
        vec![]
    }
}

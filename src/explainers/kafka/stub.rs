use super::world::World;
use crate::sim::Micros;

pub mod gantt {
    use super::*;
    use crate::draw::scene::*;
    use crate::explainers::View;
    pub fn diagram(_: &World, _: Micros, _: &View) -> Option<Scene> {
        None
    }
}
pub mod charts {
    use super::*;
    pub fn charts(_: &World) -> Vec<crate::draw::chart::Chart> {
        vec![]
    }
}

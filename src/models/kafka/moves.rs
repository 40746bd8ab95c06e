use super::assign::{Member, Topic};
pub fn least(_topics: &[Topic], _members: &[Member]) -> u32 {
    0
}

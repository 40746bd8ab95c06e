use super::Action;
use super::types::*;
use super::world::World;
use crate::draw::scene::Subject;
use crate::explainers::Tone;
use crate::explainers::{Offer, Readout};
use crate::sim::Micros;
use std::rc::Rc;

impl World {
    pub fn act(&mut self, at: Micros, _action: &Action) -> Result<(), String> {
        self.advance(at);
        Err("not yet".into())
    }
    pub fn offers(&self) -> Vec<Offer> {
        Vec::new()
    }
    pub fn readouts(&self) -> Vec<Readout> {
        Vec::new()
    }
    pub fn name(&self, _subject: Subject) -> Option<String> {
        None
    }
    pub fn state(&self, _subject: Subject) -> Option<String> {
        None
    }
    pub fn describe(&self, _at: Micros) -> String {
        String::new()
    }
    pub fn followable(&self) -> Vec<Subject> {
        Vec::new()
    }
    pub(super) fn open(&mut self) {
        self.say(0, "A cache.".into(), "Text.".into(), Tone::Plain, None);
    }
    pub(super) fn tell_burst(&mut self, _at: Micros, _n: u32, _key: KeyId, _own: bool) {}
    pub(super) fn tell_shift(&mut self, _at: Micros) {}
    pub(super) fn put_entry(&mut self, _at: Micros, _node: NodeId, _key: KeyId, _entry: Entry) {}
    pub(super) fn invoke(&mut self, _at: Micros, _client: ClientId, _kind: OpKind, _key: KeyId, _own: bool) {}
    pub(super) fn begin(&mut self, _at: Micros, _id: RequestId) {}
    pub(super) fn retry(&mut self, _at: Micros, _id: RequestId) {}
    pub(super) fn served(&mut self, _at: Micros, _job: u32) {}
    pub(super) fn wake(&mut self, _at: Micros, _client: ClientId) {}
    pub(super) fn expire_due(&mut self, _at: Micros, _node: NodeId, _key: KeyId, _since: Micros) {}
    pub(super) fn watch_bound(&mut self, _at: Micros, _node: NodeId, _key: KeyId, _since: Micros) {}
    pub(super) fn flush_due(&mut self, _at: Micros, _node: NodeId, _life: u32) {}
    pub(super) fn log_due(&mut self, _at: Micros, _key: KeyId) {}
    pub(super) fn client_gets(&mut self, _at: Micros, _id: ClientId, _m: &Rc<Message>) {}
    pub(super) fn node_gets(&mut self, _at: Micros, _id: NodeId, _m: &Rc<Message>) {}
    pub(super) fn db_gets(&mut self, _at: Micros, _m: &Rc<Message>) {}
}
impl super::Params {
    pub fn caveats(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

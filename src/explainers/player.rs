//! The face of a session that the page sees: the same for every explainer, so that the page is compiled once.

use super::{
    Ask, Check, Event, Imported, Knob, Lesson, Measured, Meta, Note, Offer, Page, Probe, Readout, Study, Table, View,
};
use crate::draw::chart::Chart;
use crate::draw::scene::{Scene, Subject, Token};
use crate::link::{Complaint, Link};
use crate::sim::Micros;

/// A line of the branch list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchLine {
    pub label: String,
    pub current: bool,
}

pub trait Player {
    fn meta(&self) -> &'static Meta;

    fn schema(&self) -> &'static [Knob];
    fn knob(&self, i: usize) -> i64;
    fn matters(&self, i: usize) -> bool;
    fn folded(&self, i: usize) -> bool;
    /// What settings do to each other that a reader may not expect.
    fn caveats(&self) -> Vec<String>;
    /// Sets a knob; the run is replayed with it, to the same moment.
    fn set_knob(&mut self, i: usize, value: i64);
    fn seed(&self) -> u64;
    fn set_seed(&mut self, seed: u64);

    fn now(&self) -> Micros;
    fn end(&self) -> Micros;
    /// When what is under way now will be over.
    fn settled(&self) -> Micros;
    fn still_until(&self) -> Micros;
    fn seek(&mut self, to: Micros);
    /// Does something now; what later was becomes a branch of its own. Says why not, if not.
    fn act(&mut self, action: &str) -> Result<(), String>;
    fn branches(&self) -> Vec<BranchLine>;
    fn switch(&mut self, branch: usize);
    /// Takes back what was done last.
    fn undo(&mut self) -> bool;
    /// Forgets everything that was done.
    fn reset(&mut self);

    fn scene(&mut self, view: &View) -> Scene;
    fn diagram(&self, view: &View) -> Option<Scene>;
    fn diagram_hint(&self) -> &'static str;
    fn diagram_is(&self) -> &'static str;
    fn diagram_below(&self) -> bool;
    fn stroke(&self, view: &View, from: (f32, f32), to: (f32, f32)) -> Option<String>;
    fn stroke_hint(&self) -> &'static str;
    /// What has happened by now.
    fn events(&self) -> &[Event];
    /// Everything that happens in the run, up to its end.
    fn all_events(&self) -> &[Event];
    fn checks(&self) -> Vec<Check>;
    /// The checks at the end of the run: marks for the timeline.
    fn all_checks(&self) -> Vec<Check>;
    fn readouts(&self) -> Vec<Readout>;
    fn charts(&self) -> Vec<Chart>;
    fn studies(&self) -> Vec<Box<dyn Study>>;
    fn offers(&self) -> Vec<Offer>;
    fn asks(&self) -> &'static [Ask];
    fn name(&self, subject: Subject) -> Option<String>;
    fn ink(&self, subject: Subject) -> Option<Token>;
    fn state(&self, subject: Subject) -> Option<String>;
    /// What became of a subject over the whole run: each time it changed, and how it stood then.
    fn story(&self, subject: Subject) -> Vec<(Micros, String)>;
    fn describe(&self) -> String;
    /// What the picture shows of one thing, in words.
    fn about(&self, subject: Subject) -> Option<String>;
    fn subject(&self, word: &str) -> Option<Subject>;
    fn followable(&self) -> Vec<Subject>;
    fn follow(&self) -> Option<Subject>;
    fn set_follow(&mut self, subject: Option<Subject>);
    fn lessons(&self) -> &'static [Lesson];
    /// Nothing moves by itself.
    fn still(&self) -> bool;
    /// What the text that the reader edits is called; empty: there is none.
    fn page_label(&self) -> &'static str;
    fn page(&self) -> Page;
    /// The note of one line, with how it is worked out.
    fn worked(&self, line: usize) -> Option<Note>;
    /// The reader has changed the text; the run begins anew with it.
    fn write(&mut self, text: &str);
    /// Some milliseconds of what takes long. `false`: done.
    fn refine(&mut self) -> bool;
    fn table(&self) -> Option<Table>;
    fn probes(&self) -> &'static [Probe];
    fn measured(&mut self, key: &str, found: Measured);
    fn takes_data(&self) -> bool;
    /// Takes over what a reader made. Says what could not be done.
    fn adopt(&mut self, imported: Imported) -> Vec<Complaint>;
    /// What of the reader's own data a link cannot carry.
    fn left_out(&self) -> Option<String>;
    fn own_data(&self) -> bool;

    /// The state as a link (parts, seed, actions, moment, follow).
    fn link(&self) -> Link;
    /// Another run of the same explainer, with the same data and `link`'s settings.
    fn open_beside(&self, link: &Link) -> (Box<dyn Player>, Vec<Complaint>);
    /// The comparison an explainer opens with.
    fn versus(&self) -> &'static [(&'static str, &'static str)];
    /// A hash of the world now: the same on every machine for the same link.
    fn digest(&self) -> u64;
}

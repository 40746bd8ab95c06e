//! Where things stand on the stage, for the size it has.

use super::hue;
use super::world::World;
use crate::draw::pen::{Area, wide};
use crate::draw::scene::Token;
use crate::explainers::View;
use crate::models::latency::table::{Group, NUMBERS};

pub const EDGE: f32 = 10.0;
/// Between two groups.
const GAP: f32 = 5.0;

/// One number's row: its top, and the place of its number in the table.
pub struct Row {
    pub place: usize,
    pub y: f32,
}

pub struct Stage {
    pub w: f32,
    pub h: f32,
    pub small: f32,
    pub big: f32,
    /// Labels stand beside their bars; else above.
    pub beside: bool,
    /// The axis, in pixels and in ns.
    pub left: f32,
    pub right: f32,
    pub from: f64,
    pub to: f64,
    /// Where the rows begin.
    pub top: f32,
    /// Of one row.
    pub pitch: f32,
    pub rows: Vec<Row>,
    /// The row of the request.
    pub path: f32,
    /// The strip to scale, below.
    pub strip: Area,
    /// Lines of the strip’s text for who says what.
    pub voices: usize,
}

impl Stage {
    pub fn new(world: &World, view: &View) -> Stage {
        let w = view.width.clamp(280.0, 4_000.0);
        let text = view.text.clamp(12.0, 40.0);
        let (small, big) = ((text - 1.0).max(12.0), text);
        let beside = w >= small * 45.0;
        let (from, to) = world.setup.params.axis();
        let names = NUMBERS.iter().map(|number| wide(number.name, small, 600)).fold(0.0, f32::max);
        let groups = Group::ALL.iter().map(|group| wide(group.name(), small, 600)).fold(0.0, f32::max);
        let left = if beside { EDGE + 8.0 + groups + 12.0 + names + 10.0 } else { EDGE + 10.0 };
        // Beside the longest number its time has room.
        let spare = if beside { wide("150 ms", small, 600) - 6.0 } else { wide("100 ms", small, 400) / 2.0 };
        let right = w - EDGE - spare;
        let voices = if beside { 2 } else { 3 };
        let lines = voices as f32 + if beside { 2.0 } else { 3.0 };
        let deep = lines * small * 1.32 + 34.0;
        let top = small * 2.9 + 8.0;
        let room = view.height.max(200.0) - top - deep - 8.0 - 6.0 * GAP;
        let least = if beside { small + 1.5 } else { small + 7.0 };
        let most = if beside { small + 10.0 } else { small + 14.0 };
        let places = Group::ALL.into_iter().flat_map(|group| {
            let of = move |place: &&usize| NUMBERS.get(**place).is_some_and(|number| number.group == group);
            world.setup.order.iter().filter(of).copied()
        });
        let places: Vec<usize> = places.collect();
        // Every number has its row: where the rows do not fit, the picture is higher than it was asked to be.
        let pitch = (room / (places.len() as f32 + 1.5)).clamp(least, most);
        let mut y = top;
        let mut rows: Vec<Row> = Vec::with_capacity(places.len());
        for place in places {
            let group = |place: usize| NUMBERS.get(place).map(|number| number.group);
            if rows.last().is_some_and(|before| group(before.place) != group(place)) {
                y += GAP;
            }
            rows.push(Row { place, y });
            y += pitch;
        }
        let path = y + GAP;
        let below = path + pitch * 1.5 + 2.0;
        let strip = Area { x: EDGE, y: below, w: w - 2.0 * EDGE, h: deep };
        let h = below + deep;
        Stage { w, h, small, big, beside, left, right, from, to, top, pitch, rows, path, strip, voices }
    }

    /// Where a time stands, and whether it is on the axis at all.
    pub fn x(&self, ns: f64) -> (f32, bool) {
        let share = (libm::log(ns.max(1e-3) / self.from) / libm::log(self.to / self.from)) as f32;
        let x = self.left + share.clamp(0.0, 1.0) * (self.right - self.left);
        (x, (-1e-4..=1.0001).contains(&share))
    }

    /// The middle of a row’s bar.
    pub fn bar(&self, y: f32) -> f32 {
        if self.beside { y + self.pitch / 2.0 } else { y + self.pitch - 3.2 }
    }

    /// The base line of a row’s label.
    pub fn base(&self, y: f32) -> f32 {
        if self.beside { y + self.pitch / 2.0 + self.small * 0.36 } else { y + self.small * 0.82 }
    }

    /// Powers of ten on the axis.
    pub fn decades(&self) -> impl Iterator<Item = f64> {
        let all = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
        let (from, to) = (self.from, self.to);
        all.into_iter().filter(move |ns| *ns >= from * 0.999 && *ns <= to * 1.001)
    }

    /// From the first to the last row of each group.
    pub fn groups(&self) -> Vec<(Group, Token, f32, f32)> {
        let mut out: Vec<(Group, Token, f32, f32)> = Vec::new();
        for row in &self.rows {
            let Some(group) = NUMBERS.get(row.place).map(|number| number.group) else { continue };
            match out.last_mut() {
                Some((last, _, _, bottom)) if *last == group => *bottom = row.y + self.pitch,
                _ => out.push((group, hue(group), row.y, row.y + self.pitch)),
            }
        }
        out
    }
}

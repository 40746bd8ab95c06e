//! Where the entries of a node stand: every list of the rule in its own order, as cells as long as there is room, else
//! as dots.

use super::stage::Cast;
use crate::draw::pen::{Area, wide};
use crate::models::caching::{Rule, Shelf};

/// How much is said of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One dot, or one for several of them.
    #[default]
    Dots,
    /// Its key.
    Small,
    /// Its key and its version.
    Mid,
    /// In two lines, with words.
    Full,
}

/// How large cells are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub level: Level,
    pub cell: (f32, f32),
    /// Of a key that is only remembered.
    pub ghost: (f32, f32),
    pub gap: (f32, f32),
    /// The column of the lists' names; 0: there is one list, and its name stands above it.
    pub names: f32,
    /// A line above the only list.
    pub above: f32,
    /// All of it.
    pub height: f32,
}

/// Where a list's entries are.
pub struct Bed {
    /// The place of its name and of all it holds.
    pub area: Area,
    pub cells: Vec<Area>,
    /// For how many entries each place stands.
    pub each: usize,
    /// Entries for which there was no room.
    pub hidden: usize,
}

/// How many lists a rule has, and how many of them are of keys only.
fn lists(rule: Rule) -> (usize, usize) {
    match rule {
        Rule::TwoQ | Rule::S3Fifo => (2, 1),
        Rule::Arc => (2, 2),
        Rule::TinyLfu => (3, 0),
        _ => (1, 0),
    }
}

const NAMES: [(Rule, &str); 4] =
    [(Rule::TwoQ, "A1out"), (Rule::Arc, "B1 00"), (Rule::S3Fifo, "ghost"), (Rule::TinyLfu, "protected")];

/// Between two lists.
const BETWEEN: f32 = 5.0;

impl Grid {
    pub fn new(cast: &Cast, (w, room): (f32, f32), small: f32) -> Grid {
        let named = NAMES.iter().find(|known| known.0 == cast.rule);
        let names = named.map_or(0.0, |(_, name)| wide(name, small, 600).max(wide("p 0.00", small, 400)) + 9.0);
        let above = if names > 0.0 { 5.0 } else { small + 8.0 };
        let counted = matches!(cast.rule, Rule::Lfu | Rule::S3Fifo | Rule::TinyLfu);
        let handed = matches!(cast.rule, Rule::Clock | Rule::Sieve);
        let key = wide(&cast.key, small, 650);
        let mark = if counted {
            wide("×00", small, 400) + 5.0
        } else if handed {
            13.0
        } else {
            0.0
        };
        let full = (key + mark).max(wide("v00 stale", small, 500)) + 13.0;
        let mid = key + mark + wide(" v00", small, 400) + 13.0;
        let least = key + if handed { 10.0 } else { 0.0 } + if counted { mark } else { 0.0 } + 9.0;
        let down = if handed { 10.0 } else { 5.0 };
        let ghost = (key + 9.0, small + 6.0);
        let tries = [
            (Level::Full, (full + 6.0, small * 2.0 + 20.0)),
            (Level::Full, (full, small * 2.0 + 15.0)),
            (Level::Mid, (mid, small + 10.0)),
            (Level::Small, (least, small + 8.0)),
        ];
        for (level, cell) in tries {
            let mut grid = Grid { level, cell, ghost, gap: (6.0, down), names, above, height: 0.0 };
            let across = grid.across(w, cell.0);
            if across == 0 {
                continue;
            }
            let rows = grid.rows(cast, w);
            grid.height = rows.0 as f32 * (cell.1 + down) + rows.1 as f32 * (ghost.1 + down) + above + rows.2;
            if handed {
                grid.height += 6.0;
            }
            if grid.height <= room || level == Level::Small && grid.height <= room + 6.0 {
                // As wide as there is room for, in reason.
                let across = across.min(cast.most.max(1)) as f32;
                let widest = (w - names + grid.gap.0) / across - grid.gap.0;
                grid.cell.0 = widest.min(cell.0 * 1.25).max(cell.0);
                return grid;
            }
        }
        // Each list has at least a line for its name.
        let all = lists(cast.rule);
        let n = (all.0 + all.1) as f32;
        let most = (room - above - (n - 1.0) * BETWEEN).max(20.0);
        let entries = cast.most as f32 * if all.1 > 0 { 2.0 } else { 1.0 };
        let mut pitch = 14.0f32;
        let w = w - names;
        let rows = |pitch: f32| libm::ceilf(entries / libm::floorf(w / pitch).max(1.0)) + n - 1.0;
        while pitch > 3.0 && rows(pitch) * pitch > most {
            pitch -= 0.25;
        }
        let lines = (rows(pitch) * pitch).min(most).max(n * (small + 6.0));
        let height = above + lines + (n - 1.0) * BETWEEN;
        let cell = (pitch, pitch);
        Grid { level: Level::Dots, cell, ghost: cell, gap: (0.0, 0.0), names, above, height }
    }

    fn across(&self, w: f32, cell: f32) -> usize {
        ((w - self.names + self.gap.0) / (cell + self.gap.0)).max(0.0) as usize
    }

    /// Rows of cells, rows of ghosts, and what is between lists, at most.
    fn rows(&self, cast: &Cast, w: f32) -> (usize, usize, f32) {
        let (held, ghosts) = lists(cast.rule);
        let rows = |n: usize, lists: usize, cell: f32| match (lists, self.across(w, cell)) {
            (0, _) | (_, 0) => 0,
            (lists, across) => n.div_ceil(across) + lists - 1,
        };
        let remembered = cast.most.div_ceil(if cast.rule == Rule::TwoQ { 2 } else { 1 });
        let all = (held + ghosts).saturating_sub(1) as f32;
        (rows(cast.most, held, self.cell.0), rows(remembered, ghosts, self.ghost.0), all * BETWEEN)
    }

    /// The rules' lists one below the other in an area.
    pub fn lay(&self, shelves: &[Shelf], area: &Area, small: f32) -> Vec<Bed> {
        let mut y = area.y + self.above;
        let bottom = area.y + self.height + 0.5;
        let (x, w) = (area.x + self.names, area.w);
        let handed = shelves.iter().any(|shelf| shelf.hand.is_some());
        if self.level == Level::Dots {
            return self.lay_dots(shelves, area, small);
        }
        let last = shelves.len().saturating_sub(1);
        let mut beds = Vec::with_capacity(shelves.len());
        for (nth, shelf) in shelves.iter().enumerate() {
            let cell = if shelf.ghost { self.ghost } else { self.cell };
            let across = self.across(w, cell.0).max(1);
            let step = cell.1 + self.gap.1;
            // Lists that come later keep a line each.
            let later = (last - nth) as f32 * (self.ghost.1.min(cell.1) + self.gap.1 + BETWEEN);
            let top = y + if handed { 6.0 } else { 0.0 };
            let lines = (((bottom - later - top + self.gap.1) / step).max(1.0)) as usize;
            let shown = shelf.entries.len().min(lines * across);
            let place = |i: usize| Area {
                x: x + (i % across) as f32 * (cell.0 + self.gap.0),
                y: top + (i / across) as f32 * step,
                w: cell.0,
                h: cell.1,
            };
            let used = shown.div_ceil(across).max(1) as f32 * step;
            beds.push(Bed {
                area: Area { x: area.x, y, w, h: used - self.gap.1 },
                cells: (0..shown).map(place).collect(),
                each: 1,
                hidden: shelf.entries.len() - shown,
            });
            y = top + used + BETWEEN;
        }
        beds
    }

    fn lay_dots(&self, shelves: &[Shelf], area: &Area, small: f32) -> Vec<Bed> {
        let (pitch, n) = (self.cell.0.max(1.0), shelves.len().max(1));
        let w = area.w - self.names;
        let across = ((w / pitch) as usize).max(1);
        let lines = |height: f32| (height / pitch).max(1.0) as usize;
        let room = self.height - self.above - (n as f32 - 1.0) * BETWEEN;
        let total: usize = shelves.iter().map(|shelf| shelf.entries.len()).sum();
        // So many entries to a dot that all find room.
        let need = |each: usize| -> f32 {
            let high =
                |shelf: &Shelf| (shelf.entries.len().div_ceil(each).div_ceil(across) as f32 * pitch).max(small + 4.0);
            shelves.iter().map(high).sum()
        };
        let mut each = 1;
        while need(each) > room && each < total.max(1) {
            each += 1;
        }
        let mut y = area.y + self.above;
        let mut beds = Vec::with_capacity(n);
        for shelf in shelves {
            let dots = shelf.entries.len().div_ceil(each);
            let rows = dots.div_ceil(across).min(lines(room));
            let shown = dots.min(rows * across);
            let place = |i: usize| Area {
                x: area.x + self.names + (i % across) as f32 * pitch,
                y: y + (i / across) as f32 * pitch,
                w: pitch,
                h: pitch,
            };
            let h = (rows as f32 * pitch).max(small + 4.0);
            let hidden = shelf.entries.len().saturating_sub(shown * each);
            beds.push(Bed {
                area: Area { x: area.x, y, w: area.w, h },
                cells: (0..shown).map(place).collect(),
                each,
                hidden,
            });
            y += h + BETWEEN;
        }
        beds
    }
}

//! Where everything stands for the size it has. Wide: producers and brokers, logs, consumers side by side, the
//! coordinator below. Narrow: one under the other.

use super::super::world::World;
use crate::draw::pen::{Area, wide};
use crate::explainers::View;
use std::rc::Rc;

/// From anything to the stage's edge.
pub const EDGE: f32 = 8.0;
/// From this width on, columns stand side by side.
const WIDE: f32 = 620.0;
/// Consumers up to here may have boxes, if there is room for two lines each; more are chips.
pub const BOXES: usize = 12;
/// Partitions up to here have rows of their own; more are cells of a grid.
const BARS: usize = 100;
/// On a narrow page so many partitions have rows of cells, however high that is.
const CELLS: usize = 24;
/// On a narrow page the reader scrolls anyway: the least height there.
const NARROW_HEIGHT: f32 = 600.0;

/// Between columns of topics.
const GAP: f32 = 14.0;

/// What the signs of a log mean; the last where there is room. What a cell says is its record’s key.
pub const LEGEND: [&str; 7] = ["waiting", "in hand", "processed", "replicating", "position", "committed", "done again"];

/// How much is shown of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One cell of a grid: its reader's colour, filled as far as it lags.
    Grid,
    /// A thin bar.
    Bars,
    /// A row of small cells.
    Small,
    /// Cells with their keys.
    Mid,
    /// With offsets written below.
    Tall,
}

/// What the layout depends on.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Cast {
    pub topics: Vec<(Rc<str>, usize)>,
    pub consumers: usize,
    pub producers: usize,
    pub brokers: usize,
    pub states: usize,
}

impl Cast {
    pub fn of(world: &World, states: usize) -> Cast {
        Cast {
            topics: world.topics.iter().map(|topic| (topic.name.clone(), topic.parts.len())).collect(),
            consumers: world.consumers.len(),
            producers: world.producers.len(),
            brokers: world.brokers.len(),
            states,
        }
    }
    fn parts(&self) -> usize {
        self.topics.iter().map(|topic| topic.1).sum()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub w: f32,
    pub h: f32,
    pub big: f32,
    pub small: f32,
    /// Columns side by side.
    pub wide: bool,
    pub level: Level,
    /// Words above columns: place of the baseline, and what they say.
    pub heads: Vec<(f32, f32, &'static str)>,
    pub producers: Vec<Area>,
    pub brokers: Vec<Area>,
    /// By topic: where its name stands; how large names are, and how long at most.
    pub topics: Vec<(f32, f32)>,
    pub name: f32,
    pub name_w: f32,
    /// By row, in the order of `World::rows`: the part of the log that is seen; in a grid its cell.
    pub rows: Vec<Area>,
    /// From row to row.
    pub pitch: f32,
    /// Where a row's number ends, and the leader's chip.
    pub number: f32,
    pub leader: f32,
    pub leader_w: f32,
    /// The width of the reader's chip at a row's end.
    pub cap: f32,
    pub consumers: Vec<Area>,
    /// Consumers have boxes with lines; otherwise they are chips.
    pub boxes: bool,
    /// There are lines from partitions to consumers, and ways from consumers to the coordinator, so far apart.
    pub linked: bool,
    pub lane: f32,
    /// Lines of a box below its first.
    pub lines: usize,
    /// What the signs of a log mean: the middle of each sign's left edge, in the order of `LEGEND`; empty: no room.
    pub legend: Vec<(f32, f32)>,
    pub strip: Area,
    /// Members that have a chip each in the strip; more are summed up. And the chips' rows.
    pub members: usize,
    pub member_rows: usize,
    /// The width of a member's chip there.
    pub member: f32,
}

impl Stage {
    pub fn new(cast: &Cast, view: &View) -> Stage {
        let w = view.width.clamp(300.0, 4_000.0);
        let text = view.text.clamp(11.0, 40.0);
        let mut stage = Stage {
            w,
            h: 0.0,
            big: text,
            small: (text - 1.0).max(12.0),
            wide: w >= WIDE.max(text * 42.0),
            level: Level::Grid,
            heads: Vec::new(),
            producers: Vec::new(),
            brokers: Vec::new(),
            topics: Vec::new(),
            name: text,
            name_w: f32::MAX,
            rows: Vec::new(),
            pitch: 0.0,
            number: 0.0,
            leader: 0.0,
            leader_w: 0.0,
            cap: 0.0,
            consumers: Vec::new(),
            boxes: false,
            linked: false,
            lane: 0.0,
            lines: 0,
            legend: Vec::new(),
            strip: Area::default(),
            members: 0,
            member_rows: 0,
            member: 0.0,
        };
        if stage.wide {
            stage.side_by_side(cast, view.height)
        } else {
            stage.stacked(cast, view.height)
        }
        stage
    }

    pub fn leading(&self) -> f32 {
        self.small + 5.0
    }

    /// The height of a small chip.
    pub fn chip(&self) -> f32 {
        self.small + 7.0
    }

    /// A topic's title.
    fn title(&self) -> f32 {
        self.big + 10.0
    }

    /// The strip's height, and how many members have chips of their own.
    fn strip_height(&mut self, cast: &Cast) -> f32 {
        self.member = self.small
            * if self.wide {
                8.6
            } else if cast.consumers > 8 {
                4.4
            } else {
                5.2
            };
        let each = self.member + 8.0;
        let across = (((self.w - 2.0 * EDGE - 16.0 + 8.0) / each) as usize).max(1);
        let rows = cast.consumers.div_ceil(across).max(1);
        (self.members, self.member_rows) = if rows <= 2 { (cast.consumers, rows) } else { (0, 1) };
        self.leading() + self.chip() + 12.0 + self.member_rows as f32 * (self.chip() + 5.0) + 17.0
    }

    fn side_by_side(&mut self, cast: &Cast, height: f32) {
        let strip_h = self.strip_height(cast);
        let head = self.title();
        let top = EDGE + head;
        let most = (height.clamp(330.0, 2_000.0) - top - strip_h - EDGE - 12.0).max(120.0);
        let (n, topics) = (cast.parts().max(1), cast.topics.len().max(1) as f32);
        // The first topic's name is in line with the other columns' heads.
        let titles = (topics - 1.0) * (self.title() + 4.0);
        let pitch = ((most - titles) / n as f32).min(self.small + 42.0);
        self.level = self.level_of(pitch, n);
        let each = (most + 8.0) / cast.consumers.max(1) as f32;
        let boxed = cast.consumers <= BOXES && each >= self.leading() * 2.0 + 18.0;
        // One column of chips still has lines to it.
        let linked = boxed || each >= self.chip() + 4.0;
        (self.boxes, self.linked) = (boxed, linked);
        // Columns from left to right.
        let explains = self.w >= self.small * 60.0 && self.level >= Level::Mid;
        let legend_w = LEGEND.iter().map(|text| self.legend_width(text)).fold(0.0, f32::max);
        let left_w = (wide("Producers", self.small, 600) + 2.0).max(if explains { legend_w } else { 0.0 });
        let right_w = (self.w * 0.25).clamp(self.small * 14.0, self.small * 22.0);
        // As many columns of chips as their number asks for.
        let chip = wide("C100", self.small, 600) + 16.0;
        let columns = cast.consumers.div_ceil(((most / (self.small + 6.0)) as usize).max(1)) as f32;
        let right_w = match (boxed, linked) {
            (true, _) => right_w,
            (_, true) => self.small * 10.0,
            _ => right_w.max(columns * chip),
        };
        self.lane = (64.0 / cast.consumers.max(1) as f32).min(7.0);
        let gutter = if linked { 16.0 + self.lane * cast.consumers as f32 } else { 0.0 };
        let links = if linked && self.level > Level::Grid { (self.w * 0.11).clamp(56.0, 150.0) } else { 24.0 };
        let right_x = self.w - EDGE - gutter - right_w;
        let left = EDGE + left_w + 18.0;
        self.row_columns(left, right_x - links);
        // Heights: as much as is asked for, no more than there is.
        let lefts = (cast.producers + cast.brokers) as f32;
        let left_h = lefts * (self.chip() + 4.0) + head + 10.0;
        let rows_h = match self.level {
            Level::Grid => most,
            _ => pitch * n as f32 + titles,
        };
        let roomy = self.leading() * 4.0 + 14.0;
        let boxes_h = match boxed {
            true => (roomy + 10.0) * cast.consumers as f32,
            false => (cast.consumers as f32 * (self.chip() + 6.0)).min(most),
        };
        let area_h = rows_h.max(boxes_h).max(left_h).max(180.0).min(most);
        let pitch = ((area_h - titles) / n as f32).min(self.small + 66.0);
        self.level = self.level_of(pitch, n);
        self.pitch = pitch;
        let rows_h = if self.level == Level::Grid { area_h } else { pitch * n as f32 + titles };
        let used = self.rows_between(cast, left, right_x - links, top, area_h, (area_h - rows_h) / 2.0);
        // More topics than there is room for make the picture higher.
        let used = if self.level == Level::Grid { used } else { used.min(area_h) };
        // A grid may take less than the chips beside it.
        let chips_h = cast.consumers.div_ceil(columns as usize) as f32 * (self.small + 6.0);
        let area_h = if linked { used } else { used.max(chips_h) };
        self.heads.push((right_x, EDGE + self.big, "Consumer group"));
        if boxed {
            self.stack(cast.consumers, right_x, top, right_w, area_h, roomy);
        } else {
            self.chips(cast.consumers, Area { x: right_x, y: top, w: right_w, h: area_h });
        }
        let below = self.people(cast, EDGE, top, left_w, area_h);
        let room = top + area_h - below;
        let step = |n: usize| self.leading().min((room - 2.0) / n as f32);
        let signs = if step(LEGEND.len()) > self.small { LEGEND.len() } else { LEGEND.len() - 1 };
        let step = step(signs);
        if explains && self.level >= Level::Mid && step > self.small {
            let first = top + area_h - step * (signs as f32 - 0.5);
            self.legend = (0..signs).map(|i| (EDGE, first + i as f32 * step)).collect();
        }
        let y = top + area_h + 12.0;
        self.strip = Area { x: EDGE, y, w: self.w - 2.0 * EDGE, h: strip_h };
        self.h = y + strip_h + EDGE;
    }

    fn level_of(&self, pitch: f32, n: usize) -> Level {
        match pitch {
            p if p >= self.small + 27.0 => Level::Tall,
            p if p >= self.small + 14.0 => Level::Mid,
            p if p >= self.small + 2.5 => Level::Small,
            p if p >= 5.0 && n <= BARS => Level::Bars,
            _ => Level::Grid,
        }
    }

    /// Where in a row its number, its leader, its log and its reader are.
    fn row_columns(&mut self, left: f32, right: f32) {
        let _ = right;
        self.number = left + wide("00", self.small, 600);
        self.leader = self.number + 6.0;
        self.leader_w = if self.level >= Level::Small { wide("B6", self.small, 600) + 8.0 } else { 6.0 };
        self.cap = if self.level >= Level::Small { wide("C00", self.small, 600) + 8.0 } else { 10.0 };
    }

    /// Rows have offsets below them, and little room for that.
    pub fn tight(&self) -> bool {
        self.level == Level::Tall && self.pitch < self.small + 36.0
    }

    /// Rows or grid between two edges, from `top` on. Says how high that is.
    fn rows_between(&mut self, cast: &Cast, left: f32, right: f32, top: f32, room: f32, slack: f32) -> f32 {
        self.row_columns(left, right);
        if self.level == Level::Grid {
            return self.grid(cast, left, right, top, room);
        }
        let cell = match self.level {
            Level::Tall if !self.tight() => self.small + 8.0,
            Level::Tall | Level::Mid => self.small + 4.0,
            Level::Small => (self.pitch * 0.55).min(self.small),
            _ => (self.pitch * 0.72).min(9.0),
        };
        let x = self.leader + self.leader_w + 8.0;
        let w = (right - self.cap - 6.0 - x).max(40.0);
        let mut y = top + slack.max(0.0);
        let begin = y;
        for (i, (_, parts)) in cast.topics.iter().enumerate() {
            if i > 0 {
                y += self.title() + 4.0;
            }
            self.topics.push((left, y - self.title() + self.big));
            for _ in 0..*parts {
                // Marks above, offsets below.
                let lift = if self.level == Level::Tall { -self.small * 0.45 } else { 0.0 };
                self.rows.push(Area { x, y: y + (self.pitch - cell) / 2.0 + lift, w, h: cell });
                y += self.pitch;
            }
        }
        // Names of topics stay with the first row, wherever that is.
        (y - begin).max(room)
    }

    fn grid(&mut self, cast: &Cast, left: f32, right: f32, top: f32, room: f32) -> f32 {
        let all = right - left;
        // Topics one below the other; where those are too many, in several columns with smaller names.
        let title = |columns: usize| if columns == 1 { self.title() + 4.0 } else { self.small + 8.0 };
        let each = |columns: usize| cast.topics.len().div_ceil(columns).max(1);
        let width = |columns: usize| (all + GAP) / columns as f32 - GAP;
        let height = |columns: usize, size: f32| {
            let across = ((width(columns) + 2.0) / (size + 2.0)).max(1.0) as usize;
            let of = |topics: &[(Rc<str>, usize)]| {
                let rows: usize = topics.iter().map(|topic| topic.1.div_ceil(across)).sum();
                rows as f32 * (size + 2.0) + (topics.len() as f32 - 1.0) * title(columns)
            };
            cast.topics.chunks(each(columns)).map(of).fold(0.0, f32::max)
        };
        let most = ((all + GAP) / (self.small * 6.0 + GAP)).max(1.0) as usize;
        let (mut columns, mut size) = (1, 30.0f32);
        // Cells are no smaller than one can point at, as long as there are other ways.
        while height(columns, size) > room && (size > 3.0 || columns < most) {
            if size <= 8.0 && columns < most {
                (columns, size) = (columns + 1, 30.0);
            } else {
                size -= 0.5;
            }
        }
        let (w, title) = (width(columns), title(columns));
        let across = ((w + 2.0) / (size + 2.0)).max(1.0) as usize;
        if columns > 1 {
            (self.name, self.name_w) = (self.small, w);
        }
        let mut lowest = top;
        for (column, topics) in cast.topics.chunks(each(columns)).enumerate() {
            let left = left + column as f32 * (w + GAP);
            let mut y = top;
            for (i, (_, parts)) in topics.iter().enumerate() {
                if i > 0 {
                    y += title;
                }
                let up = if columns == 1 { self.title() - self.big } else { 6.0 };
                self.topics.push((left, y - up));
                for part in 0..*parts {
                    let (dx, dy) = ((part % across) as f32 * (size + 2.0), (part / across) as f32 * (size + 2.0));
                    self.rows.push(Area { x: left + dx, y: y + dy, w: size, h: size });
                }
                y += parts.div_ceil(across) as f32 * (size + 2.0);
            }
            lowest = lowest.max(y);
        }
        self.pitch = size + 2.0;
        (lowest - top).max(160.0)
    }

    /// Boxes of consumers, one below the other.
    fn stack(&mut self, n: usize, x: f32, top: f32, w: f32, room: f32, roomy: f32) {
        let gap = 8.0;
        let h = ((room + gap) / n.max(1) as f32 - gap).min(roomy);
        self.lines = self.lines_of(h);
        let all = h * n as f32;
        let gap = if n > 1 { ((room - all) / (n - 1) as f32).min(h * 0.6) } else { 0.0 };
        let y = top + (room - all - gap * n.saturating_sub(1) as f32) / 2.0;
        self.consumers = (0..n).map(|i| Area { x, y: y + i as f32 * (h + gap), w, h }).collect();
    }

    fn lines_of(&self, h: f32) -> usize {
        (((h - 12.0) / self.leading()) as usize).clamp(1, 4) - 1
    }

    /// Chips of consumers in as few columns as there is room for.
    fn chips(&mut self, n: usize, area: Area) -> f32 {
        let least = wide("C100", self.small, 600) + 12.0;
        let most = ((area.w + 4.0) / (least + 4.0)).max(1.0) as usize;
        let h = self.chip();
        let fits = |columns: usize| n.div_ceil(columns.max(1)) as f32 * (h + 4.0) - 4.0 <= area.h;
        let least = if self.linked { 1 } else { 2 };
        let columns = (least..=most).find(|columns| fits(*columns)).unwrap_or(most).max(1);
        let w = (area.w + 4.0) / columns as f32 - 4.0;
        let lines = n.div_ceil(columns);
        // One column is spread over all there is.
        let loose = if columns == 1 { h * 3.0 } else { h + 4.0 };
        let step = loose.min((area.h + 4.0) / lines.max(1) as f32).max(self.small + 6.0);
        let h = (step - 3.0).min(h);
        let at = |i: usize| Area {
            x: area.x + (i % columns) as f32 * (w + 4.0),
            y: area.y + (i / columns) as f32 * step,
            w,
            h,
        };
        self.consumers = (0..n).map(at).collect();
        lines as f32 * step
    }

    /// Producers and below them brokers, in the left column.
    fn people(&mut self, cast: &Cast, x: f32, top: f32, w: f32, room: f32) -> f32 {
        let n = (cast.producers + cast.brokers).max(1) as f32;
        let between = self.title() + 6.0;
        let h = self.chip();
        let step = (h + 6.0).min((room - between) / n).max(h * 0.8);
        let chip = |i: usize, y: f32| Area { x, y: y + i as f32 * step, w: w.min(46.0), h: h.min(step - 2.0) };
        self.heads.push((x, EDGE + self.big, "Producers"));
        self.producers = (0..cast.producers).map(|i| chip(i, top)).collect();
        let y = top + step * cast.producers as f32 + between;
        self.heads.push((x, y - between + self.big + 8.0, "Brokers"));
        self.brokers = (0..cast.brokers).map(|i| chip(i, y)).collect();
        y + step * cast.brokers as f32
    }

    /// A sign and what it means.
    fn legend_width(&self, text: &str) -> f32 {
        self.small + 5.0 + wide(text, self.small, 400)
    }

    /// The legend in lines from `y` on. Says where they end.
    fn legend_lines(&mut self, y: f32) -> f32 {
        let (mut x, mut middle) = (EDGE, y + self.leading() / 2.0);
        for text in LEGEND {
            let w = self.legend_width(text);
            if x > EDGE && x + w > self.w - EDGE {
                (x, middle) = (EDGE, middle + self.leading());
            }
            self.legend.push((x, middle));
            x += w + 12.0;
        }
        middle + self.leading() / 2.0
    }

    fn stacked(&mut self, cast: &Cast, height: f32) {
        let strip_h = self.strip_height(cast);
        let (left, right) = (EDGE, self.w - EDGE);
        // Producers and brokers in one line.
        let n = (cast.producers + cast.brokers).max(1) as f32;
        let (gap, between) = (4.0, 26.0);
        let each = ((right - left - between + gap) / n - gap).min(wide("P8", self.small, 600) + 12.0);
        let h = self.chip();
        let place = |i: usize, x: f32| Area { x: x + i as f32 * (each + gap), y: EDGE, w: each, h };
        self.producers = (0..cast.producers).map(|i| place(i, left)).collect();
        let x = right - cast.brokers as f32 * (each + gap) + gap;
        self.brokers = (0..cast.brokers).map(|i| place(i, x)).collect();
        let top = EDGE + h + 8.0 + self.title();
        // Consumers: two columns of boxes, or chips.
        let height = height.clamp(NARROW_HEIGHT, 2_000.0);
        self.boxes = cast.consumers <= BOXES;
        let (box_w, lines) = ((right - left - 8.0) / 2.0, cast.consumers.div_ceil(2).max(1) as f32);
        let tall = if lines > 2.0 { 3.0 } else { 4.0 };
        let box_h = self.leading() * tall + 13.0;
        let mut probe = self.clone();
        let chips_h = probe.chips(cast.consumers, Area { x: left, y: 0.0, w: right - left, h: 0.0 });
        let consumers_h = if self.boxes { lines * (box_h + 8.0) - 8.0 } else { chips_h };
        // Logs take what is left, in reason.
        let n = cast.parts().max(1);
        let titles = (cast.topics.len().max(1) as f32 - 1.0) * (self.title() + 4.0);
        let room = (height - top - consumers_h - strip_h - 74.0 - self.title()).max(150.0);
        // A page that is scrolled anyway has room for every record of a few partitions.
        let room = if n <= CELLS { room.max((self.small + 3.0) * n as f32 + titles) } else { room };
        self.pitch = ((room - titles) / n as f32).min(self.small + 34.0);
        self.level = self.level_of(self.pitch, n);
        let rows_h = if self.level == Level::Grid { room } else { self.pitch * n as f32 + titles };
        let used = self.rows_between(cast, left, right, top, rows_h, 0.0).min(rows_h.max(160.0));
        let mut y = top + used;
        if self.level >= Level::Mid {
            // Flags stand out below the last row.
            y = self.legend_lines(y + 6.0) + 4.0;
        }
        y += self.title();
        self.heads.push((left, y - self.title() + self.big + 3.0, "Consumer group"));
        if self.boxes {
            self.lines = tall as usize - 1;
            let at = |i: usize| Area {
                x: left + (i % 2) as f32 * (box_w + 8.0),
                y: y + (i / 2) as f32 * (box_h + 8.0),
                w: box_w,
                h: box_h,
            };
            self.consumers = (0..cast.consumers).map(at).collect();
        } else {
            self.chips(cast.consumers, Area { x: left, y, w: right - left, h: 0.0 });
        }
        y += consumers_h + 10.0;
        self.strip = Area { x: left, y, w: right - left, h: strip_h };
        self.h = y + strip_h + EDGE;
    }
}

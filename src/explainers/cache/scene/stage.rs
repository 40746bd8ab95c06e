//! Where everything stands for the size it has. Wide: clients, cache nodes, database side by side, and below the cache
//! the way round it. Narrow: one under the other, and the way round it on the right.

use super::super::params::{BACK, BYTES, LEASE, WRITE_THROUGH};
use super::super::world::World;
use super::cells::{Grid, Level};
use crate::draw::pen::{Area, wide};
use crate::explainers::View;
use crate::models::caching::Rule;

/// From anything to the stage's edge.
pub const EDGE: f32 = 8.0;
/// From this width on, columns stand side by side.
const WIDE: f32 = 620.0;
/// Inside a box.
pub const PAD: f32 = 9.0;
/// The height of a database's lid.
pub const LID: f32 = 9.0;
/// Slots up to here are drawn one by one.
const SLOTS: usize = 16;

/// What the signs at entries mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    Stale,
    Dirty,
    Life,
    Bit,
    Count,
    Hand,
    Next,
    Ghost,
    Heat,
}

impl Sign {
    pub fn words(self) -> &'static str {
        match self {
            Sign::Stale => "stale",
            Sign::Dirty => "dirty: not in the database yet",
            Sign::Life => "time left",
            Sign::Bit => "asked for again",
            Sign::Count => "asked for so often",
            Sign::Hand => "hand",
            Sign::Next => "next to go",
            Sign::Ghost => "only its key is remembered",
            Sign::Heat => "darker: more hits",
        }
    }
}

/// What the layout depends on.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Cast {
    pub clients: usize,
    pub nodes: usize,
    pub rule: Rule,
    /// Entries that a node may come to hold.
    pub most: usize,
    /// The longest name of a key.
    pub key: String,
    /// A line of each node tells of loads, leases or what is to be flushed.
    pub side: bool,
    pub slots: usize,
    pub signs: Vec<Sign>,
}

impl Cast {
    pub fn of(world: &World) -> Cast {
        let params = world.params();
        let kept = if params.negative > 0 { world.all_keys() } else { world.setup.keys } as usize;
        let held = world.nodes.iter().map(|node| node.held as usize).max().unwrap_or(0);
        let most = match params.unit {
            BYTES => held.next_power_of_two().max(16),
            _ => (world.room as usize).max(held),
        };
        let rule = params.eviction();
        let hands = matches!(rule, Rule::Clock | Rule::Sieve);
        let counts = matches!(rule, Rule::Lfu | Rule::S3Fifo | Rule::TinyLfu);
        let lists = matches!(rule, Rule::TwoQ | Rule::Arc | Rule::S3Fifo | Rule::TinyLfu);
        let signs = [
            (true, Sign::Stale),
            (params.writing() == BACK, Sign::Dirty),
            (params.ttl > 0, Sign::Life),
            (hands, Sign::Bit),
            (hands, Sign::Hand),
            (counts, Sign::Count),
            (!hands && !lists && rule != Rule::Random, Sign::Next),
            (lists && rule != Rule::TinyLfu, Sign::Ghost),
            (most > 24, Sign::Heat),
        ];
        let cached = !world.nodes.is_empty();
        let all = if params.absent > 0 { world.all_keys() } else { world.setup.keys };
        Cast {
            clients: world.clients.len(),
            nodes: world.nodes.len(),
            rule,
            most: most.min(kept).max(1),
            key: ["k", &"0".repeat(all.max(1).to_string().len())].concat(),
            side: params.loads() || params.flight == LEASE || matches!(params.writing(), BACK | WRITE_THROUGH),
            slots: world.db.slots,
            signs: signs.into_iter().filter(|sign| sign.0 && cached).map(|sign| sign.1).collect(),
        }
    }
}

/// Where things are in the database.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Base {
    pub area: Area,
    /// One for each slot; empty: there is a bar for them all.
    pub slots: Vec<Area>,
    pub bar: Area,
    pub queue: Area,
    pub rows: Area,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    pub w: f32,
    pub h: f32,
    pub big: f32,
    pub small: f32,
    /// Columns side by side.
    pub wide: bool,
    pub clients: Vec<Area>,
    /// Lines of a client's box below its first.
    pub lines: usize,
    pub nodes: Vec<Area>,
    /// What a node's shelves have, from its box's left top corner.
    pub shelves: Area,
    pub grid: Grid,
    /// The line of loads and the like, from a box's top; and its lines for the last victim.
    pub side: Option<f32>,
    pub foot: f32,
    pub foot_lines: usize,
    pub db: Base,
    /// Wide: the height of the way round the cache. Narrow: how far right it is.
    pub round: f32,
    /// Narrow: the ways along the left, and the heights of the ways across, to the cache and past it.
    pub left: f32,
    pub across: (f32, f32),
    /// The middle of each sign's left edge.
    pub legend: Vec<(Sign, f32, f32)>,
}

impl Stage {
    pub fn new(cast: &Cast, view: &View) -> Stage {
        let w = view.width.clamp(260.0, 4_000.0);
        let text = view.text.clamp(11.0, 40.0);
        let mut stage = Stage {
            w,
            h: 0.0,
            big: text,
            small: (text - 1.0).max(12.0),
            wide: w >= WIDE.max(text * 47.0),
            clients: Vec::new(),
            lines: 2,
            nodes: Vec::new(),
            shelves: Area::default(),
            grid: Grid::default(),
            side: None,
            foot: 0.0,
            foot_lines: 0,
            db: Base::default(),
            round: 0.0,
            left: EDGE,
            across: (0.0, 0.0),
            legend: Vec::new(),
        };
        if stage.wide {
            stage.side_by_side(cast, view.height)
        } else {
            stage.stacked(cast)
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
    pub fn title(&self) -> f32 {
        self.big + 12.0
    }
    fn client_height(&self, lines: usize) -> f32 {
        self.chip() + 10.0 + lines as f32 * self.leading()
    }

    fn side_by_side(&mut self, cast: &Cast, height: f32) {
        let em = self.small;
        let clients_w = (self.w * 0.15).clamp(em * 9.6, em * 13.0);
        let db_w = (self.w * 0.18).clamp(em * 11.0, em * 16.0);
        let first = (self.w * 0.11).clamp(em * 5.6, em * 13.0).max(20.0 + 5.0 * cast.clients as f32);
        let second = (self.w * 0.1).clamp(em * 5.0, em * 12.0);
        let nodes_x = EDGE + clients_w + first;
        let db_x = self.w - EDGE - db_w;
        let nodes_w = db_x - second - nodes_x;
        let legend = self.legend_lines(cast, EDGE, 0.0);
        let round = if cast.nodes > 0 { self.leading() * 2.5 } else { 0.0 };
        let most = height.clamp(330.0, 1_600.0) - 2.0 * EDGE - round - legend;
        // The nodes first: they want the most.
        let gap = 10.0;
        let n = cast.nodes.max(1) as f32;
        let each = (most - gap * (n - 1.0)) / n;
        let each = if cast.nodes > 0 {
            self.node_box(cast, nodes_w, each, if nodes_w < em * 32.0 { 3 } else { 2 })
        } else {
            0.0
        };
        let nodes_h = each * n + gap * (n - 1.0);
        // Clients.
        let count = cast.clients.max(1) as f32;
        let fits = |lines: usize| count * (self.client_height(lines) + 8.0) - 8.0 <= most.max(nodes_h);
        self.lines = (0..=2).rev().find(|lines| fits(*lines)).unwrap_or(0);
        let client_h = self.client_height(self.lines);
        let clients_h = count * (client_h + 8.0) - 8.0;
        let db_least = self.db_height(cast, db_w) - round;
        let h = nodes_h.max(clients_h).max(db_least).max(most.min(280.0));
        let top = EDGE;
        let y = top + (h - nodes_h) / 2.0;
        let area = |i: usize| Area { x: nodes_x, y: y + i as f32 * (each + gap), w: nodes_w, h: each };
        self.nodes = (0..cast.nodes).map(area).collect();
        let air = ((h - count * client_h) / count).min(client_h * 0.9);
        let y = top + (h - count * (client_h + air) + air) / 2.0;
        let area = |i: usize| Area { x: EDGE, y: y + i as f32 * (client_h + air), w: clients_w, h: client_h };
        self.clients = (0..cast.clients).map(area).collect();
        self.round = top + h + round * 0.5;
        self.place_db(cast, Area { x: db_x, y: top, w: db_w, h: h + round });
        let y = top + h + round + 4.0;
        self.legend_lines(cast, EDGE, y);
        self.h = y + legend + EDGE - 4.0;
    }

    fn stacked(&mut self, cast: &Cast) {
        let many = cast.nodes > 1;
        let rail = 17.0;
        let left = EDGE + if many { rail } else { 0.0 };
        let right = self.w - EDGE - if cast.nodes > 0 { rail } else { 0.0 };
        let n = cast.clients.max(1) as f32;
        let gap = if n > 5.0 { 4.0 } else { 7.0 };
        let each = ((self.w - 2.0 * EDGE + gap) / n - gap).min(self.small * 14.0);
        self.lines = if each >= self.small * 5.6 { 2 } else { 1 };
        let h = self.client_height(self.lines);
        let start = (self.w - n * (each + gap) + gap) / 2.0;
        let area = |i: usize| Area { x: start + i as f32 * (each + gap), y: EDGE, w: each, h };
        self.clients = (0..cast.clients).map(area).collect();
        let band = self.leading() * 2.0 + 8.0;
        let mut y = EDGE + h;
        self.across = (y + band * 0.38, y + band * 0.72);
        y += band;
        if cast.nodes > 0 {
            let room = [330.0, 250.0, 200.0, 180.0].get(cast.nodes - 1).copied().unwrap_or(180.0);
            let lines = if self.w < self.small * 36.0 && cast.nodes == 1 { 3 } else { 2 };
            let each = self.node_box(cast, right - left, room, lines);
            let area = |i: usize| Area { x: left, y: y + i as f32 * (each + 10.0), w: right - left, h: each };
            self.nodes = (0..cast.nodes).map(area).collect();
            y += cast.nodes as f32 * (each + 10.0) - 10.0 + band;
        }
        self.left = EDGE + rail * 0.36;
        self.round = self.w - EDGE - rail * 0.36;
        let high = self.db_height(cast, right - left);
        self.place_db(cast, Area { x: left, y, w: right - left, h: high });
        y += high + 8.0;
        y += self.legend_lines(cast, EDGE, y);
        self.h = y + 2.0;
    }

    /// What is where in a node's box of this width. Says how high it becomes.
    fn node_box(&mut self, cast: &Cast, w: f32, room: f32, lines: usize) -> f32 {
        let head = self.title() + 2.0;
        let side = if cast.side { self.chip() + 6.0 } else { 0.0 };
        let leading = self.leading();
        let foot = |lines: usize| leading * lines as f32 + 9.0;
        let least = 34.0;
        let lines = (1..=lines).rev().find(|lines| head + side + foot(*lines) + least * 2.0 <= room).unwrap_or(1);
        let room = (room - head - side - foot(lines)).max(least);
        self.grid = Grid::new(cast, (w - 2.0 * PAD, room), self.small);
        let h = self.grid.height;
        self.shelves = Area { x: PAD, y: head, w: w - 2.0 * PAD, h };
        self.side = cast.side.then_some(head + h + 4.0);
        (self.foot, self.foot_lines) = (head + h + side + 3.0, lines);
        head + h + side + foot(lines) + 2.0
    }

    fn slot_size(&self, cast: &Cast) -> (f32, f32) {
        (wide(&cast.key, self.small, 600) + 11.0, self.small + 10.0)
    }

    fn slot_rows(&self, cast: &Cast, w: f32) -> (usize, usize) {
        let across = ((w - 2.0 * PAD + 4.0) / (self.slot_size(cast).0 + 4.0)).max(1.0) as usize;
        let rows = cast.slots.div_ceil(across).max(1);
        (cast.slots.div_ceil(rows), rows)
    }

    /// The least that a database of this width wants.
    fn db_height(&self, cast: &Cast, w: f32) -> f32 {
        let rows = if cast.slots <= SLOTS { self.slot_rows(cast, w).1 } else { 1 };
        let slots = rows as f32 * (self.slot_size(cast).1 + 4.0);
        2.0 * LID + self.title() + self.leading() * 3.0 + slots + 2.0 * (self.chip() + 4.0) + 18.0
    }

    fn place_db(&mut self, cast: &Cast, area: Area) {
        let (x, w) = (area.x + PAD, area.w - 2.0 * PAD);
        let mut y = area.y + 2.0 * LID + self.title() + self.leading() * 0.9;
        let (across, rows) = self.slot_rows(cast, area.w);
        let (slot_w, slot_h) = self.slot_size(cast);
        let slot_w = ((w + 4.0) / across.max(1) as f32 - 4.0).min(slot_w * 1.5);
        let slot = |i: usize| Area {
            x: x + (i % across) as f32 * (slot_w + 4.0),
            y: y + (i / across) as f32 * (slot_h + 4.0),
            w: slot_w,
            h: slot_h,
        };
        let single = cast.slots <= SLOTS;
        let slots: Vec<Area> = if single { (0..cast.slots).map(slot).collect() } else { Vec::new() };
        let bar = Area { x, y, w, h: slot_h };
        y += if single { rows } else { 1 } as f32 * (slot_h + 4.0) + 2.0;
        let queue = Area { x, y, w, h: self.leading() + 2.0 };
        y += self.leading() + 8.0;
        let rows = Area { x, y, w, h: (area.y + area.h - LID - 6.0 - y).max(0.0) };
        self.db = Base { area, slots, bar, queue, rows };
    }

    pub fn legend_width(&self, sign: Sign) -> f32 {
        self.small + 6.0 + wide(sign.words(), self.small, 400)
    }

    /// The legend in lines from `y` on. Says how high it is.
    fn legend_lines(&mut self, cast: &Cast, x0: f32, y: f32) -> f32 {
        self.legend.clear();
        let (mut x, mut middle) = (x0, y + self.leading() / 2.0);
        for sign in &cast.signs {
            let dots = self.grid.level == Level::Dots;
            if matches!(sign, Sign::Heat) != dots && matches!(sign, Sign::Heat | Sign::Bit | Sign::Count | Sign::Life) {
                continue;
            }
            let w = self.legend_width(*sign);
            if x > x0 && x + w > self.w - EDGE {
                (x, middle) = (x0, middle + self.leading());
            }
            self.legend.push((*sign, x, middle));
            x += w + 16.0;
        }
        if cast.signs.is_empty() { 0.0 } else { middle + self.leading() / 2.0 - y }
    }

    /// The place of a node's shelves.
    pub fn shelves_of(&self, node: &Area) -> Area {
        Area { x: node.x + self.shelves.x, y: node.y + self.shelves.y, ..self.shelves }
    }

    pub fn dots(&self) -> bool {
        self.grid.level == Level::Dots
    }
}

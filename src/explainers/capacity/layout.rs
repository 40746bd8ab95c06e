//! Columns: each quantity to the right of what it uses, and lines that cross as little as may be.

use super::scene::Picture;
use crate::sim::order;

const MARGIN: f32 = 12.0;
/// A card’s width.
const LEAST: f32 = 108.0;
const MOST: f32 = 190.0;
/// Between cards that stand one on the other, and around a line that passes by.
const APART: f32 = 9.0;
/// Height that a line takes on its way through a column.
const LANE: f32 = 6.0;
/// A few cards in a row have some air.
const LOWEST: f32 = 190.0;
const NEARLY: f32 = 7.0;
/// There and back, until everything has found its place.
const SWEEPS: usize = 24;

/// A card, or a line on its way through a column.
pub struct Item {
    pub column: usize,
    pub node: Option<usize>,
    /// Whose line it is.
    source: usize,
    /// Its middle.
    pub y: f32,
    pub high: f32,
}

/// From one column to the next.
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// What runs along it.
    pub edges: Vec<(usize, usize)>,
}

pub struct Plan {
    pub items: Vec<Item>,
    pub links: Vec<Link>,
    /// Left sides of the columns.
    pub x: Vec<f32>,
    pub wide: f32,
    pub height: f32,
    apart: f32,
}

/// How far to the right each node stands: behind all that it uses, and what uses nothing right before who needs it.
fn columns(edges: &[(usize, usize)], n: usize) -> Vec<usize> {
    let mut at = vec![0usize; n];
    for _ in 0..n {
        for (a, b) in edges {
            at[*b] = at[*b].max((at[*a] + 1).min(n));
        }
    }
    let given: Vec<bool> = (0..n).map(|i| edges.iter().all(|(_, b)| *b != i)).collect();
    for i in (0..n).filter(|i| given[*i]) {
        let first = edges.iter().filter(|(a, _)| *a == i).map(|(_, b)| at[*b]).min();
        at[i] = first.map_or(0, |first| first.saturating_sub(1));
    }
    at
}

/// `None`: there is no room for columns.
pub fn plan(picture: &Picture, width: f32, room: f32) -> Option<Plan> {
    let (n, k) = (picture.nodes.len(), picture.scale);
    let at = columns(&picture.edges, n);
    let count = at.iter().max()? + 1;
    let gaps = (count - 1) as f32;
    let gap = ((width - 2.0 * MARGIN) * 0.2 / count as f32).clamp(22.0, 70.0);
    let wide = (width - 2.0 * MARGIN - gaps * gap) / count as f32;
    if wide < LEAST * k || count < 2 {
        return None;
    }
    let wide = wide.min(MOST * k);
    let gap = ((width - 2.0 * MARGIN - wide * count as f32) / gaps).min(110.0);
    let left = (width - wide * count as f32 - gap * gaps) / 2.0;
    let x = (0..count).map(|i| left + i as f32 * (wide + gap)).collect();
    let ranged = picture.nodes.iter().any(|node| !node.range.is_empty());
    let high = (48.0 + if ranged { 16.0 } else { 0.0 }) * k;
    let mut items: Vec<Item> =
        (0..n).map(|node| Item { column: at[node], node: Some(node), source: node, y: 0.0, high }).collect();
    let mut links: Vec<Link> = Vec::new();
    for (a, b) in &picture.edges {
        let mut before = *a;
        for column in at[*a] + 1..=at[*b] {
            let known = |item: &Item| item.node.is_none() && item.column == column && item.source == *a;
            let next = match (column == at[*b], items.iter().position(known)) {
                (true, _) => *b,
                (false, Some(lane)) => lane,
                (false, None) => {
                    items.push(Item { column, node: None, source: *a, y: 0.0, high: LANE });
                    items.len() - 1
                }
            };
            match links.iter_mut().find(|link| (link.from, link.to) == (before, next)) {
                Some(link) => link.edges.push((*a, *b)),
                None => links.push(Link { from: before, to: next, edges: vec![(*a, *b)] }),
            }
            before = next;
        }
    }
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (i, item) in items.iter().enumerate() {
        columns[item.column].push(i);
    }
    let needs = |column: &Vec<usize>, apart: f32| column.iter().map(|i| items[*i].high + apart).sum::<f32>() - apart;
    let high = |apart: f32| columns.iter().map(|column| needs(column, apart)).fold(0.0, f32::max) + 2.0 * MARGIN;
    // As much air as there is room for.
    let apart = [26.0, 20.0, 15.0].into_iter().find(|apart| high(*apart) <= (room * 0.7).min(340.0)).unwrap_or(APART);
    let height = high(apart).max(LOWEST * k);
    if height > room.max(420.0) * 1.25 {
        return None;
    }
    let mut plan = Plan { items, links, x, wide, height, apart };
    plan.settle(&mut columns);
    Some(plan)
}

impl Plan {
    /// Each thing as near as may be to the middle of what it is joined to.
    fn settle(&mut self, columns: &mut [Vec<usize>]) {
        for column in columns.iter() {
            let step = self.height / (column.len() + 1) as f32;
            for (i, item) in column.iter().enumerate() {
                self.items[*item].y = step * (i + 1) as f32;
            }
        }
        for sweep in 0..SWEEPS {
            for i in 0..columns.len() {
                let i = if sweep.is_multiple_of(2) { i } else { columns.len() - 1 - i };
                self.arrange(&mut columns[i], sweep);
            }
        }
        for column in columns.iter() {
            self.straighten(column);
        }
    }

    /// What nearly stands at the height of what is on its left does so: a line that goes down by two pixels looks
    /// like a mistake.
    fn straighten(&mut self, column: &[usize]) {
        for (place, i) in column.iter().enumerate() {
            let near = |link: &&Link| link.to == *i && (self.items[link.from].y - self.items[*i].y).abs() <= NEARLY;
            let Some(y) = self.links.iter().find(near).map(|link| self.items[link.from].y) else { continue };
            let half = |i: usize| self.items[i].high / 2.0;
            let clear = |other: Option<&usize>| {
                other.is_none_or(|other| (self.items[*other].y - y).abs() >= half(*other) + half(*i) + 4.0)
            };
            let above = place.checked_sub(1).and_then(|above| column.get(above));
            if clear(above) && clear(column.get(place + 1)) && y - half(*i) >= 2.0 && y + half(*i) <= self.height - 2.0
            {
                self.items[*i].y = y;
            }
        }
    }

    fn arrange(&mut self, column: &mut Vec<usize>, sweep: usize) {
        let wanted = |i: usize| {
            let joined = |from_left: bool| {
                let all = self.links.iter().filter_map(move |link| match (link.from == i, link.to == i) {
                    (true, _) if !from_left => Some(link.to),
                    (_, true) if from_left => Some(link.from),
                    _ => None,
                });
                all.fold((0.0, 0.0), |(sum, n), other| (sum + self.items[other].y, n + 1.0))
            };
            let ((left, lefts), (right, rights)) = (joined(true), joined(false));
            // On the way to the right what is on the left counts, and the other way round; at last both do.
            let both = sweep + 12 >= SWEEPS;
            let (sum, n) = match sweep.is_multiple_of(2) {
                _ if both => (left + right, lefts + rights),
                true if lefts > 0.0 => (left, lefts),
                false if rights > 0.0 => (right, rights),
                _ => (0.0, 0.0),
            };
            if n > 0.0 { sum / n } else { self.items[i].y }
        };
        let wishes: Vec<f32> = column.iter().map(|i| wanted(*i)).collect();
        let keys: Vec<u64> = wishes.iter().map(|y| order::rank(f64::from(*y))).collect();
        let places = order::order(&keys);
        let sorted: Vec<(usize, f32)> = places.iter().map(|p| (column[*p as usize], wishes[*p as usize])).collect();
        *column = sorted.iter().map(|(i, _)| *i).collect();
        let half = |i: usize| self.items[i].high / 2.0;
        let apart = |a: usize, b: usize| half(a) + half(b) + self.apart;
        let n = sorted.len();
        // Pushed down from the top, and up from the bottom; in between is as fair as either.
        let (mut down, mut up) = (vec![0.0f32; n], vec![0.0f32; n]);
        for p in 0..n {
            let (i, wish) = sorted[p];
            let least = if p == 0 { MARGIN + half(i) } else { down[p - 1] + apart(sorted[p - 1].0, i) };
            down[p] = wish.max(least);
        }
        for p in (0..n).rev() {
            let (i, wish) = sorted[p];
            let most = if p + 1 == n { self.height - MARGIN - half(i) } else { up[p + 1] - apart(i, sorted[p + 1].0) };
            up[p] = wish.min(most);
        }
        // What was pushed beyond the bottom is drawn back, and likewise at the top.
        for p in (0..n).rev() {
            let most = if p + 1 == n {
                self.height - MARGIN - half(sorted[p].0)
            } else {
                down[p + 1] - apart(sorted[p].0, sorted[p + 1].0)
            };
            down[p] = down[p].min(most);
        }
        for p in 0..n {
            let least =
                if p == 0 { MARGIN + half(sorted[p].0) } else { up[p - 1] + apart(sorted[p - 1].0, sorted[p].0) };
            up[p] = up[p].max(least);
        }
        let middle: Vec<f32> = (0..n).map(|p| (down[p] + up[p]) / 2.0).collect();
        for ((i, _), y) in sorted.iter().zip(middle) {
            self.items[*i].y = y;
        }
    }
}

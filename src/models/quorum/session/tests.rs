use super::*;
use proptest::prelude::*;

/// Last writer wins: a stamp.
impl Version for u32 {
    fn covers(&self, other: &u32) -> bool {
        self >= other
    }
}

/// A vector clock of two.
impl Version for (u8, u8) {
    fn covers(&self, other: &(u8, u8)) -> bool {
        self.0 >= other.0 && self.1 >= other.1
    }
}

/// One operation as the test keeps it: a write has a version, a read has what it saw.
#[derive(Clone, Debug)]
struct Done<V> {
    call: Call,
    wrote: Option<V>,
    saw: Vec<Sighting<V>>,
}

/// The definitions, word by word, over all that completed before.
fn breaks<V: Version>(past: &[Done<V>], read: &Done<V>, guarantee: Guarantee, bound: Micros) -> bool {
    let sees = |version: &V| read.saw.iter().any(|saw| saw.version.covers(version));
    let me = read.call;
    let writes = || past.iter().filter(|op| op.call.key == me.key).filter_map(|op| Some((op.call, op.wrote.as_ref()?)));
    let missed = |owed: &dyn Fn(&Call) -> bool| writes().any(|(call, version)| owed(&call) && !sees(version));
    let mine = || past.iter().filter(|op| op.call.client == me.client && op.call.completed <= me.invoked);
    match guarantee {
        ReadYourWrites => missed(&|call| call.client == me.client && call.completed <= me.invoked),
        MonotonicReads => {
            mine().filter(|op| op.call.key == me.key).flat_map(|op| &op.saw).any(|saw| !sees(&saw.version))
        }
        ConsistentPrefix => {
            let others = mine().filter(|op| op.call.key != me.key).flat_map(|op| &op.saw);
            let begun: Vec<Micros> = others.chain(&read.saw).map(|saw| saw.begun).collect();
            missed(&|call| begun.iter().any(|begun| call.completed < *begun))
        }
        BoundedStaleness => missed(&|call| call.completed + bound < me.invoked),
        Strong => missed(&|call| call.completed < me.invoked),
    }
}

type Given = (u32, u32, bool, u64, u64, usize, usize);

/// Operations of a few clients and keys, completed in order; reads see what chance says among what has begun.
fn play<V: Version>(given: &[Given], bound: Micros, version: impl Fn(usize, &Given) -> V, siblings: bool) {
    let mut done: Vec<Done<V>> = Vec::new();
    for (i, one) in given.iter().enumerate() {
        let (client, key, write, invoked, takes, ..) = *one;
        let call = Call { id: i as u32, client, key, invoked, completed: invoked + takes };
        done.push(Done { call, wrote: write.then(|| version(i, one)), saw: Vec::new() });
    }
    for i in 0..done.len() {
        let (.., a, b) = given[i];
        let call = done[i].call;
        let begun = |op: &&Done<V>| op.call.key == call.key && op.wrote.is_some() && op.call.invoked <= call.completed;
        let writes: Vec<&Done<V>> = done.iter().filter(begun).collect();
        let mut saw: Vec<Sighting<V>> = Vec::new();
        if done[i].wrote.is_none() && !writes.is_empty() {
            for pick in [a, b].into_iter().take(if siblings { 2 } else { 1 }) {
                // One in so many reads sees nothing.
                if let Some(op) = writes.get(pick % (writes.len() + 1)) {
                    let version = op.wrote.clone().expect("a write");
                    saw.push(Sighting { write: op.call.id, begun: op.call.invoked, version });
                }
            }
        }
        done[i].saw = saw;
    }
    done.sort_by_key(|op| op.call.completed);
    let mut sessions: Sessions<V> = Sessions::new(bound);
    let mut expected = [(0, None); 5];
    let mut reads = 0;
    for (i, op) in done.iter().enumerate() {
        match &op.wrote {
            Some(version) => sessions.wrote(&op.call, version),
            None => {
                reads += 1;
                sessions.read(&op.call, &op.saw);
                for (guarantee, (count, first)) in Guarantee::ALL.into_iter().zip(&mut expected) {
                    if breaks(&done[..i], op, guarantee, bound) {
                        *count += 1;
                        *first = first.or(Some(op.call.id));
                    }
                }
            }
        }
    }
    assert_eq!(sessions.reads(), reads);
    for (guarantee, (count, first)) in Guarantee::ALL.into_iter().zip(expected) {
        assert_eq!(
            (sessions.broken(guarantee), sessions.breach(guarantee).map(|b| b.read)),
            (count, first),
            "{guarantee:?}"
        );
        let Some(breach) = sessions.breach(guarantee) else { continue };
        assert_eq!(breach.ops().last(), first.as_ref());
        let of = |id: u32| done.iter().find(|op| op.call.id == id).expect("an operation");
        let version = of(breach.missed).wrote.clone().expect("a write was missed");
        assert!(!of(breach.read).saw.iter().any(|saw| saw.version.covers(&version)));
        let words = breach.words(&|op| format!("op {op}"), bound);
        assert!(words.starts_with(&format!("op {} ", breach.read)), "{words}");
    }
}

fn given() -> impl Strategy<Value = Vec<Given>> {
    proptest::collection::vec((0u32..3, 0u32..3, any::<bool>(), 0u64..60, 0u64..9, 0usize..50, 0usize..50), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn as_the_definitions_say_of_stamps(given in given(), bound in 0u64..20) {
        // Clocks are not quite right: the stamp is not the order of time.
        play(&given, bound, |i, one| (one.3 as u32 + one.5 as u32 % 6) * 100 + i as u32, false);
    }

    #[test]
    fn as_the_definitions_say_of_siblings(given in given(), bound in 0u64..20) {
        play(&given, bound, |_, one| ((one.5 % 5) as u8, (one.6 % 5) as u8), true);
    }
}

fn call(id: u32, client: u32, key: u32, invoked: Micros, completed: Micros) -> Call {
    Call { id, client, key, invoked, completed }
}

fn saw(write: u32, begun: Micros, version: u32) -> [Sighting<u32>; 1] {
    [Sighting { write, begun, version }]
}

#[test]
fn each_guarantee_in_words() {
    let op = |id: u32| format!("op {id}");
    let mut watch: Sessions<u32> = Sessions::new(2 * MS);
    watch.wrote(&call(1, 0, 0, 0, 1_000), &1);
    watch.wrote(&call(2, 0, 0, 2_000, 3_000), &2);
    // Another client sees the new value, then the old one.
    watch.read(&call(3, 1, 0, 3_500, 4_000), &saw(2, 2_000, 2));
    assert!(Guarantee::ALL.iter().all(|guarantee| watch.breach(*guarantee).is_none()));
    watch.read(&call(4, 1, 0, 4_500, 5_000), &saw(1, 0, 1));
    let words = |watch: &Sessions<u32>, guarantee| watch.breach(guarantee).map(|b| b.words(&op, 2 * MS));
    assert_eq!(
        words(&watch, MonotonicReads).as_deref(),
        Some("op 4 did not see op 2, which op 3 had shown to the same client.")
    );
    assert_eq!(
        words(&watch, Strong).as_deref(),
        Some("op 4 did not see op 2, which was acknowledged before it began.")
    );
    assert_eq!((words(&watch, ReadYourWrites), words(&watch, BoundedStaleness)), (None, None));
    watch.read(&call(5, 0, 0, 6_500, 7_000), &saw(1, 0, 1));
    assert_eq!(
        words(&watch, ReadYourWrites).as_deref(),
        Some("op 5 did not see op 2, an acknowledged write of the same client.")
    );
    assert_eq!(
        words(&watch, BoundedStaleness).as_deref(),
        Some("op 5 did not see op 2, acknowledged 3.5 ms before; 2 ms is the bound.")
    );
    assert_eq!(
        watch.eventual(0).words(&op),
        "2 of 3 reads since op 2 was acknowledged missed something; the last 0 did not."
    );
    // On another key a later write, then here the old value: not a state that ever was.
    assert_eq!(words(&watch, ConsistentPrefix), None);
    watch.wrote(&call(6, 0, 1, 8_000, 9_000), &3);
    watch.read(&call(7, 2, 1, 9_100, 9_200), &saw(6, 8_000, 3));
    watch.read(&call(8, 2, 0, 9_300, 9_400), &saw(1, 0, 1));
    let breach = watch.breach(ConsistentPrefix).expect("broken");
    assert_eq!(breach.ops(), [2, 6, 7, 8]);
    assert_eq!(
        breach.words(&op, 0),
        "op 8 did not see op 2, which was acknowledged before op 6 began; op 7 had shown that to the same client."
    );
    assert_eq!((watch.broken(Strong), watch.reads()), (3, 5));
    assert_eq!(watch.eventual(7).words(&op), "Nothing was written yet.");
}

#[test]
fn a_write_under_way_is_owed_to_nobody() {
    let mut watch: Sessions<u32> = Sessions::new(0);
    // The read began before the write was acknowledged.
    watch.wrote(&call(1, 0, 0, 0, 1_000), &1);
    watch.read(&call(2, 1, 0, 500, 1_500), &[]);
    watch.read(&call(3, 1, 0, 1_000, 1_500), &[]);
    assert_eq!(watch.breach(Strong), None);
    watch.read(&call(4, 1, 0, 1_001, 1_600), &[]);
    assert_eq!((watch.broken(Strong), watch.broken(BoundedStaleness)), (1, 1));
}

//! What real implementations answered. Each file of `tests/truth/` names in its `source` the program that was run.

use moving_parts::models::hashing::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

macro_rules! truth {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("truth/", $name, ".json"))).expect($name)
    };
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn numbers(value: &Value) -> Vec<u32> {
    list(value).iter().map(|value| number(value) as u32).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).iter().map(text).collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn servers<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Server> {
    names.into_iter().map(|name| Server { name: name.to_string(), weight: 100, tokens: Vec::new() }).collect()
}

/// Asserts every `[key, name]` of a lookup list through every way of asking, and returns how many there were.
fn assert_lookup(placement: &Placement, servers: &[Server], lookup: &Value) -> usize {
    for pair in list(lookup) {
        let (key, expected) = (text(&pair[0]).as_bytes(), text(&pair[1]));
        let owner = placement.owner(key).expect("an owner");
        assert_eq!(servers[owner as usize].name, expected, "{key:?}");
        if !placement.needs_key() {
            assert_eq!(placement.owner_at(placement.position(key)), Some(owner));
        }
    }
    list(lookup).len()
}

/// The points as libmemcached shows them: 32-bit value and server name.
fn continuum<'a>(placement: &Placement, servers: &'a [Server]) -> Vec<(u64, &'a str)> {
    let points = placement.points().iter();
    points.map(|point| (point.position >> 32, servers[point.server as usize].name.as_str())).collect()
}

fn pairs(value: &Value) -> Vec<(u64, &str)> {
    list(value).iter().map(|pair| (number(&pair[0]), text(&pair[1]))).collect()
}

fn assert_continuum(placement: &Placement, servers: &[Server], expected: &Value) {
    let all = continuum(placement, servers);
    assert_eq!(all.len() as u64, number(&expected["points"]));
    let first = pairs(&expected["continuum_first"]);
    assert_eq!(all[..first.len()], first);
    if let Some(last) = expected.get("continuum_last") {
        let last = pairs(last);
        assert_eq!(all[all.len() - last.len()..], last);
    }
    let lines: String = all.iter().map(|(value, name)| format!("{value} {name}\n")).collect();
    assert_eq!(sha256(lines.as_bytes()), text(&expected["continuum_sha256"]));
}

#[test]
fn ketama() {
    for vector in list(&truth!("ketama")["vectors"]) {
        let mut given = servers(list(&vector["servers"]).iter().map(|server| text(&server["hashed_name"])));
        for (server, given) in list(&vector["servers"]).iter().zip(&mut given) {
            let (host, port) = (text(&server["host"]), number(&server["port"]));
            assert_eq!(given.name, if port == 11211 { host.to_string() } else { format!("{host}:{port}") });
            given.weight = number(&server["weight"]) as u32 * 100;
        }
        let weighted = Placement::build(&Method::KetamaWeighted, &given);
        assert_continuum(&weighted, &given, vector);
        assert_eq!(assert_lookup(&weighted, &given, &vector["lookup"]), 100);
        let keys = list(&vector["lookup"]).iter().map(|pair| text(&pair[0]));

        let plain = Placement::build(&Method::Ketama, &given);
        let expected = &vector["unweighted_100pt"];
        assert_continuum(&plain, &given, expected);
        assert_eq!(list(&expected["lookup"]).len(), 100);
        for (key, expected) in keys.zip(texts(&expected["lookup"])) {
            let owner = plain.owner(key.as_bytes()).expect("an owner");
            assert_eq!(given[owner as usize].name, expected, "{key}");
        }
    }
}

#[test]
fn groupcache() {
    for vector in list(&truth!("groupcache_consistenthash")["vectors"]) {
        let given = servers(texts(&vector["nodes"]));
        let replicas = number(&vector["replicas"]) as u32;
        let placement = Placement::build(&Method::Groupcache { replicas }, &given);
        assert_eq!(placement.points().len(), given.len() * replicas as usize);
        assert_eq!(assert_lookup(&placement, &given, &vector["lookup"]), 50);
        let first = text(&vector["lookup"][0][0]).as_bytes();
        assert_eq!(HashFn::Crc32.hash(first), number(&vector["crc32_of_first_key"]));
        assert_eq!(placement.position(first) >> 32, number(&vector["crc32_of_first_key"]));
        assert_eq!(placement.native(first), format!("{:#010x}", number(&vector["crc32_of_first_key"])));
    }
}

fn assert_buckets(file: &Value, place: fn(u64, u32) -> u32) {
    for vector in list(&file["vectors"]) {
        let key: u64 = text(&vector["key"]).parse().expect("a key");
        let (buckets, bucket) = (number(&vector["buckets"]) as u32, number(&vector["bucket"]) as u32);
        assert_eq!(place(key, buckets), bucket, "{key} in {buckets}");
    }
}

#[test]
fn jump_hash() {
    assert_buckets(&truth!("jump_hash"), jump);
    let file = truth!("hash_load");
    let mut seen = 0;
    for vector in list(&file["jump_vectors"]["vectors"]) {
        let key: u64 = text(&vector["key"]).parse().expect("a key");
        for (buckets, bucket) in vector["buckets"].as_object().expect("an object") {
            assert_eq!(u64::from(jump(key, buckets.parse().expect("a count"))), number(bucket), "{key} in {buckets}");
            seen += 1;
        }
    }
    assert_eq!(seen, 31 * 13);
    let example = &file["jump_vectors"]["reference_example"];
    let (key, buckets) = (number(&example["key"]), number(&example["buckets"]) as u32);
    assert_eq!(u64::from(jump(key, buckets)), number(&example["result"]));
}

#[test]
fn guava_hash() {
    assert_buckets(&truth!("guava_consistent_hash"), guava);
}

#[test]
fn rendezvous() {
    for vector in list(&truth!("rendezvous_clandestined")["vectors"]) {
        let given = servers(texts(&vector["nodes"]));
        let seed = number(&vector["seed"]) as u32;
        let placement = Placement::build(&Method::Rendezvous { seed }, &given);
        assert_eq!(assert_lookup(&placement, &given, &vector["lookup"]), 20);
        let first = text(&vector["lookup"][0][0]).as_bytes();
        let mut ranked = Vec::new();
        for (server, pair) in given.iter().zip(list(&vector["scores_of_first_key"])) {
            assert_eq!(server.name, text(&pair[0]));
            assert_eq!(u64::from(rendezvous_score(&server.name, first, seed)), number(&pair[1]));
            let joined = [server.name.as_bytes(), b"-", first].concat();
            assert_eq!(u64::from(murmur3_x86_32(&joined, seed)), number(&pair[1]));
            ranked.push((number(&pair[1]), server.name.as_str()));
        }
        ranked.sort_unstable();
        let mut replicas = Vec::new();
        placement.replicas(first, given.len(), &mut replicas);
        assert!(
            replicas.iter().map(|&server| given[server as usize].name.as_str()).eq(ranked.iter().rev().map(|r| r.1))
        );
    }
}

fn table_sha256(table: &[u32]) -> String {
    let text: String = table.iter().map(|server| format!("{server},")).collect();
    sha256(text.as_bytes())
}

fn counts(table: &[u32], servers: usize) -> Vec<u32> {
    let mut counts = vec![0; servers];
    table.iter().for_each(|&server| counts[server as usize] += 1);
    counts
}

#[test]
fn maglev_siphash() {
    for vector in list(&truth!("maglev_siphash")["vectors"]) {
        let size = number(&vector["M"]) as u32;
        let offsets_and_skips: Vec<_> =
            numbers(&vector["offsets"]).into_iter().zip(numbers(&vector["skips"])).collect();
        if vector.get("case").is_some() {
            assert_eq!(maglev_table(&offsets_and_skips, size), numbers(&vector["lookup"]));
            let without: Vec<u32> = maglev_table(&[offsets_and_skips[0], offsets_and_skips[2]], size)
                .into_iter()
                .map(|server| server * 2)
                .collect();
            assert_eq!(without, numbers(&vector["lookup_without_1"]));
            continue;
        }
        let names = texts(&vector["names"]);
        let permutations: Vec<_> = names.iter().map(|name| maglev_sip_permutation(name, size)).collect();
        assert_eq!(permutations, offsets_and_skips);

        let mut given = servers(names.iter().copied());
        let placement = Placement::build(&Method::MaglevSip { size }, &given);
        let table = placement.table().expect("a table");
        assert_eq!(table, maglev_table(&permutations, size));
        let dead = number(&vector["dead"]) as usize;
        given[dead].weight = 0;
        let placement_without = Placement::build(&Method::MaglevSip { size }, &given);
        let without = placement_without.table().expect("a table");
        // Taking the dead server out of the list gives the same table, its indices closed up.
        given.remove(dead);
        let closed_up = Placement::build(&Method::MaglevSip { size }, &given);
        let opened =
            closed_up.table().expect("a table").iter().map(|&server| server + u32::from(server as usize >= dead));
        assert!(opened.eq(without.iter().copied()));

        for (table, suffix) in [(table, ""), (without, "_without_dead")] {
            match vector.get(format!("lookup{suffix}")) {
                Some(all) => assert_eq!(table, numbers(all)),
                None => {
                    let first = numbers(&vector[format!("lookup_first{suffix}")]);
                    assert_eq!(table[..first.len()], first);
                }
            }
            assert_eq!(table_sha256(table), text(&vector[format!("sha256{suffix}")]));
            assert_eq!(counts(table, names.len()), numbers(&vector[format!("counts{suffix}")]));
        }
        let moved = table.iter().zip(without).filter(|&(&before, after)| before as usize != dead && before != *after);
        assert_eq!(moved.count() as u64, number(&vector["moved_though_alive"]));
    }
}

#[test]
fn maglev_xxhash() {
    for vector in list(&truth!("maglev_xxhash")["vectors"]) {
        let size = number(&vector["M"]) as u32;
        let names = texts(&vector["names"]);
        let sorted = texts(&vector["sorted"]);
        let expected: Vec<&str> =
            numbers(&vector["lookup"]).into_iter().map(|server| sorted[server as usize]).collect();
        // In whatever order the servers are listed, names decide.
        let turned = names.iter().rev().copied();
        for given in [servers(names.iter().copied()), servers(turned)] {
            let placement = Placement::build(&Method::MaglevXx { size }, &given);
            let table = placement.table().expect("a table");
            assert!(table.iter().map(|&server| given[server as usize].name.as_str()).eq(expected.iter().copied()));
            assert_eq!(assert_lookup(&placement, &given, &vector["get"]), 30);
        }
    }
}

#[test]
fn redis_key_slots() {
    let thirds = slots_create(3);
    let given = servers(["a", "b", "c"]);
    let placement = Placement::build(&Method::RedisSlots { owner: thirds.clone().into() }, &given);
    for vector in list(&truth!("redis_key_slot")["vectors"]) {
        let (key, slot) = (text(&vector["key"]).as_bytes(), number(&vector["slot"]));
        assert_eq!(u64::from(key_slot(key)), slot, "{key:?}");
        assert_eq!(placement.native(key), format!("slot {slot}"));
        assert_eq!(placement.owner(key), Some(u32::from(thirds[slot as usize])));
    }
}

/// The table a real cluster had, the masters' ports (7601 …) as indices.
fn slot_table(masters: &Value) -> Vec<u16> {
    let mut owner = vec![u16::MAX; SLOTS as usize];
    // The ports of the masters in the order they came in: 7604 to 7606 were replicas.
    let ports = ["7601", "7602", "7603", "7607", "7608"];
    for (port, ranges) in masters.as_object().expect("an object") {
        let index = ports.iter().position(|known| known == port).expect("a known port") as u16;
        for range in texts(ranges) {
            let (from, to) = range.split_once('-').unwrap_or((range, range));
            let slot = |text: &str| text.parse::<usize>().expect("a slot");
            owner[slot(from)..=slot(to)].fill(index);
        }
    }
    owner
}

#[test]
fn redis_cluster_deals_slots_as_here() {
    let truth = truth!("redis_cluster");
    let created = slots_create(3);
    assert_eq!(created, slot_table(&truth["create"]));
    let four = slots_join(&created, 4);
    assert_eq!(four, slot_table(&truth["join_4"]));
    assert_eq!(slots_join(&four, 5), slot_table(&truth["join_5"]));
    for pair in list(&truth["keyslot"]) {
        assert_eq!(u64::from(key_slot(text(&pair[0]).as_bytes())), number(&pair[1]), "{pair}");
    }
}

#[test]
fn cassandra_tokens() {
    for vector in list(&truth!("cassandra_murmur3_tokens")["vectors"]) {
        let hex = text(&vector["hex"]).as_bytes();
        let key: Vec<u8> = hex
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
            .collect();
        if let Some(as_text) = vector.get("key") {
            assert_eq!(text(as_text).as_bytes(), key);
        }
        let token: i64 = text(&vector["token"]).parse().expect("a token");
        assert_eq!(cassandra_token(&key), token, "{key:?}");
        // A node whose token is the key's own owns it, one just below does not.
        let node = |tokens| Server { name: String::new(), weight: 100, tokens };
        let placement = Placement::build(&Method::Cassandra, &[node(vec![token - 1]), node(vec![token, i64::MAX])]);
        assert_eq!(placement.owner(&key), Some(1));
        assert_eq!(placement.native(&key), format!("token {token}"));
    }
}

/// Average over `rings` rings of the squared deviation, as a deviation.
fn mean_spread(hash: HashFn, servers: u32, vnodes: u32, rings: u32) -> f64 {
    let squares: f64 = (0..rings).map(|ring| spread(hash, servers, vnodes, ring)).map(|spread| spread * spread).sum();
    (squares / f64::from(rings)).sqrt()
}

/// The published spread of a ring's loads, within the sampling error of the rings drawn here.
#[test]
fn ring_load() {
    let file = truth!("hash_load");
    for row in list(&file["published"]["ring_load"]["rows"]) {
        let (points, published) = (number(&row["V"]) as u32, row["standard_error"].as_f64().expect("a number"));
        let (servers, rings) = if points == 1000 { (100, 4) } else { (100, 20) };
        for hash in [HashFn::Murmur3, HashFn::XxHash64, HashFn::SipHash, HashFn::Md5] {
            let measured = mean_spread(hash, servers, points, rings);
            // 100 servers a ring: one ring's spread is known to about 1/√200 = 7% (more for one point, whose shares
            // have a long tail); four times the error of the mean over all rings, and the published rows are for n → ∞.
            let tolerance = 0.01 + 4.0 * if points == 1 { 0.14 } else { 0.075 } / f64::from(rings).sqrt();
            assert!((measured / published - 1.0).abs() < tolerance, "{hash:?} V={points}: {measured} vs {published}");
        }
    }
    for row in list(&file["checks"]["ring_closed_form"]["rows"]).iter().filter(|row| number(&row["V"]) <= 100) {
        let points = number(&row["V"]) as u32;
        let expected = row["N10"]["sd"].as_f64().expect("a number");
        let measured = mean_spread(HashFn::XxHash64, 10, points, 100);
        assert!((measured / expected - 1.0).abs() < 0.12, "V={points}: {measured} vs {expected}");
    }
}

/// Ketama at 160 points has the spread that uhashring's has.
#[test]
fn ketama_load() {
    let file = truth!("hash_load");
    let rows = list(&file["uhashring_ketama"]["rows"]);
    let row = rows.iter().find(|row| row["points_per_node"].as_f64() == Some(160.0)).expect("a row for 160 points");
    let expected = row["sd_mean"].as_f64().expect("a number");
    let rings = 100;
    let spreads = (0..rings).map(|ring| {
        let names: Vec<String> = (0..10).map(|server| format!("ring{ring}-{server}:11212")).collect();
        let given = servers(names.iter().map(String::as_str));
        let shares = Placement::build(&Method::KetamaWeighted, &given).shares(10);
        (shares.iter().map(|share| (share * 10.0 - 1.0) * (share * 10.0 - 1.0)).sum::<f64>() / 10.0).sqrt()
    });
    let measured = spreads.sum::<f64>() / f64::from(rings);
    // The row is a mean over 20 rings of 10 servers: known to about 24%/√20 = 5%.
    assert!((measured / expected - 1.0).abs() < 0.15, "{measured} vs {expected}");
}

/// Jump moves the ideal share of keys when a bucket joins, and only to the new one.
#[test]
fn jump_movement() {
    for row in list(&truth!("hash_load")["jump_vectors"]["movement"]) {
        let (from, to) = (number(&row["from"]) as u32, number(&row["to"]) as u32);
        let (keys, mut moved) = (20_000, 0);
        for key in (0..keys).map(|key: u32| HashFn::XxHash64.hash(&key.to_le_bytes())) {
            let (before, after) = (jump(key, from), jump(key, to));
            assert!(before == after || after >= from);
            moved += u32::from(before != after);
        }
        let fraction = f64::from(moved) / f64::from(keys);
        let ideal = row["ideal"].as_f64().expect("a number");
        assert!((fraction / ideal - 1.0).abs() < 0.25, "{from} -> {to}: {fraction} vs {ideal}");
    }
}

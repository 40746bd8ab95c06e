//! The reader's own requests: keys, tables, what redis-cli monitor prints, and worse.

use moving_parts::draw::scene::Scene;
use moving_parts::explainers::cache::import::{Answer, IMPORTS, Reading, Trace};
use moving_parts::explainers::lines::Lines;
use moving_parts::explainers::{Imported, Inquiry, Reader};
use moving_parts::models::caching::trace::{Op, decoded};
use moving_parts::models::caching::{Cache, Rule};
use proptest::prelude::*;

fn read_in(pieces: &[&[u8]]) -> Imported {
    let mut reader = (IMPORTS[0].reader)();
    pieces.iter().for_each(|piece| reader.push(piece));
    reader.finish()
}

fn read(text: &str) -> Imported {
    read_in(&[text.as_bytes()])
}

/// The trace itself, the complaints, and what was said.
fn trace_of(reading: Reading, bytes: &[u8]) -> (Option<Trace>, Vec<(u64, String)>, String) {
    let mut reader: Box<dyn Reader> = Box::new(Lines::up_to(Box::new(reading), 1 << 20));
    reader.push(bytes);
    let found = reader.finish();
    (found.data.and_then(|data| data.downcast::<Trace>().ok()).map(|trace| *trace), found.bad, found.summary)
}

/// What is done to which key, in a word, in order: “get a”.
fn done(text: &str) -> Vec<String> {
    let (trace, bad, _) = trace_of(Reading::default(), text.as_bytes());
    assert!(bad.is_empty(), "{bad:?}");
    let Some(trace) = trace else { return Vec::new() };
    let one = |request: &u32| {
        let (op, key) = decoded(*request);
        assert!(key < trace.keys);
        let word = match op {
            Op::Read => "get",
            Op::Write => "set",
            Op::Delete => "del",
        };
        format!("{word} {}", trace.name(key).expect("a name"))
    };
    trace.requests.iter().map(one).collect()
}

/// A line of redis-cli monitor for each `(seconds, command and arguments)`.
fn monitor(lines: &[(f64, &str)]) -> String {
    let quoted = |text: &str| text.split(' ').map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ");
    lines.iter().map(|(at, text)| format!("{:.6} [0 a:1] {}\n", 1.7e9 + at, quoted(text))).collect()
}

/// Names of the requests' keys, in order.
fn keys(text: &str) -> Vec<String> {
    let (trace, bad, _) = trace_of(Reading::default(), text.as_bytes());
    assert!(bad.is_empty(), "{bad:?}");
    let Some(trace) = trace else { return Vec::new() };
    assert!(trace.requests.iter().all(|key| *key < trace.keys));
    trace.requests.iter().map(|key| trace.name(*key).expect("a name")).collect()
}

fn answered(mut imported: Imported) -> (String, Scene) {
    let inquiry = imported.inquiry.as_mut().expect("a question");
    let mut last = 0.0;
    while inquiry.step() {
        assert!((last..=1.0).contains(&inquiry.progress()), "{last} then {}", inquiry.progress());
        last = inquiry.progress();
    }
    assert_eq!(inquiry.progress(), 1.0);
    (inquiry.words(), inquiry.scene(360.0))
}

#[test]
fn the_example_reads_without_complaint() {
    let imported = read(IMPORTS[0].example);
    assert!(imported.bad.is_empty(), "{:?}", imported.bad);
    assert!(
        imported.summary.starts_with("96 reads for 18 keys, read as what redis-cli monitor prints; "),
        "{}",
        imported.summary
    );
    let (words, _) = answered(imported);
    assert!(
        words.contains("“product:1”") && words.contains("80% hits are out of reach: at 21.9% of the reads"),
        "{words}"
    );
}

#[test]
fn a_key_per_line_whatever_it_looks_like() {
    assert_eq!(keys("a\nb\n\na\r\nuser:1 x\n \n€"), ["a", "b", "a", "user:1 x", "€"]);
    assert_eq!(keys("\u{feff}17\n18\n17"), ["17", "18", "17"]);
    // What is no table, is keys: nothing in front says when.
    assert_eq!(keys("a,b\nc,d"), ["a,b", "c,d"]);
    assert_eq!(keys("OK\nOK\nfine"), ["OK", "OK", "fine"]);
    assert_eq!(keys("OK"), ["OK"]);
    assert_eq!(keys(""), [""; 0]);
    let (trace, bad, said) = trace_of(Reading::default(), b"\n \r\n");
    assert!(trace.is_none() && bad.is_empty());
    assert_eq!(said, "no requests");
}

#[test]
fn tables_with_and_without_names_of_columns() {
    assert_eq!(
        done("time,key,size,op\n1,a,10,get\n2,b,20,set\n3,a,10,GET\n4,b,,read"),
        ["get a", "set b", "get a", "get b"]
    );
    assert_eq!(done("op;ts;KEY\nget;2024-01-01T00:00:00Z;\"x;\"\"y\"\"\"\nset;;x"), ["get x;\"y\"", "set x"]);
    assert_eq!(keys("key\na\nb,c"), ["a", "b"]);
    assert_eq!(keys("1,a\n2,b\n3,a"), ["a", "b", "a"]);
    assert_eq!(keys("1.5,a,100\n2.5,b,200"), ["a", "b"]);
    // What nobody has asked for needs no deleting.
    assert_eq!(done("1,a,get\n2,b,delete\n3,a,get\n4,a,delete\n5,a,delete"), ["get a", "get a", "del a"]);
    assert_eq!(
        done("0,k1,17,512,2,get,0\n0,k2,17,512,2,set,3600\n1,k1,17,512,2,get,0"),
        ["get k1", "set k2", "get k1"]
    );
    assert_eq!(keys("1\ta\t5\n2\tb\t5"), ["a", "b"]);
    let (trace, ..) = trace_of(Reading::default(), b"1,a,100\n2,b,300\n3,a,200\n4,c,\n");
    assert_eq!(trace.and_then(|trace| trace.size), Some(250.0), "the latest size of each key whose size is told");
}

#[test]
fn only_writes_are_requests_too() {
    let (trace, bad, said) = trace_of(Reading::default(), b"1,a,5,set\n2,b,5,set\n3,a,5,del\n4,a,5,set\n");
    assert!(bad.is_empty());
    let trace = trace.expect("a trace");
    let all: Vec<(Op, u32)> = trace.requests.iter().map(|one| decoded(*one)).collect();
    assert_eq!(all, [(Op::Read, 0), (Op::Read, 1), (Op::Delete, 0), (Op::Read, 0)]);
    assert_eq!(trace.reads, 3);
    assert!(
        said.starts_with("3 writes for 2 keys")
            && said.contains("writes are taken as the requests; 1 deletion takes its key out"),
        "{said}"
    );
    let (trace, _, said) = trace_of(Reading::default(), b"1,a,5,set\n2,b,5,set\n3,c,5,get\n4,a,5,set\n");
    assert_eq!(trace.map(|trace| (trace.reads, trace.keys, trace.requests.len())), Some((1, 3, 4)));
    assert!(said.starts_with("1 read for 3 keys") && said.contains("3 writes put their keys in"), "{said}");
}

/// A deleted key misses when it is read next, and so does one that has expired; a written one hits.
#[test]
fn commands_of_redis_are_replayed_as_what_they_do() {
    let missed = |lines: &[(f64, &str)]| {
        let (trace, bad, said) = trace_of(Reading::default(), monitor(lines).as_bytes());
        assert!(bad.is_empty(), "{bad:?}");
        let mut answer = Answer::new(trace.expect("a trace"));
        while answer.step() {}
        let last = answer.curves.sizes().len() - 1;
        for line in 0..13 {
            let ratio = answer.curves.ratio(line, last).expect("computed");
            assert!((ratio * answer.popularity.requests as f64 - f64::from(answer.curves.compulsory())).abs() < 1e-9);
        }
        (answer.popularity.requests, answer.curves.compulsory(), said)
    };
    let (reads, misses, said) = missed(&[(0.0, "GET a"), (1.0, "GET a"), (2.0, "DEL a b"), (3.0, "GET a")]);
    assert_eq!((reads, misses), (3, 2));
    assert!(said.starts_with("3 reads for 1 key, ") && said.contains("1 deletion takes its key out"), "{said}");
    let (reads, misses, _) =
        missed(&[(0.0, "SET a 1"), (1.0, "GET a"), (2.0, "UNLINK a"), (3.0, "SET a 2"), (4.0, "GET a")]);
    assert_eq!((reads, misses), (2, 0));
    // Time passes: at 10 s it has expired; the second one was given more, the third made to stay, the fourth set anew.
    let (reads, misses, said) = missed(&[
        (0.0, "SET a 1 EX 5"),
        (0.1, "SETEX b 5 1"),
        (0.2, "SET c 1 PX 5000"),
        (0.3, "PSETEX d 5000 1"),
        (1.0, "EXPIRE b 60"),
        (1.1, "PERSIST c"),
        (1.2, "SET d 2"),
        (1.3, "GET e"),
        (1.4, "GETEX e EXAT 1700000009"),
        (1.5, "SET f 1 EX 3"),
        (1.6, "SET f 2 KEEPTTL"),
        (10.0, "MGET a b c d e f"),
    ]);
    assert_eq!((reads, misses), (8, 4), "e at first, then a, e and f");
    assert!(said.contains("3 expiries take keys out"), "{said}");
    let (reads, misses, _) = missed(&[(0.0, "SET a 1"), (1.0, "EXPIRE a -1"), (2.0, "GET a")]);
    assert_eq!((reads, misses), (1, 1));
    let (reads, misses, said) =
        missed(&[(0.0, "MSET a 1 b 2"), (1.0, "MGET a b"), (2.0, "FLUSHALL ASYNC"), (3.0, "GET a"), (4.0, "GET b")]);
    assert_eq!((reads, misses), (4, 2));
    assert!(said.contains("2 deletions take keys out"), "{said}");
}

#[test]
fn a_flushed_database_leaves_the_others_alone() {
    let text = "1700000000.1 [0 a:1] \"SET\" \"a\" \"1\"\n1700000000.2 [1 a:1] \"SET\" \"a\" \"1\"\n1700000000.3 [1 a:1] \"FLUSHDB\"\n1700000000.4 [0 a:1] \"GET\" \"a\"\n1700000000.5 [1 a:1] \"GET\" \"a\"\n";
    let (trace, bad, _) = trace_of(Reading::default(), text.as_bytes());
    assert!(bad.is_empty());
    let all: Vec<(Op, u32)> = trace.expect("a trace").requests.iter().map(|one| decoded(*one)).collect();
    assert_eq!(all, [(Op::Write, 0), (Op::Write, 1), (Op::Delete, 1), (Op::Read, 0), (Op::Read, 1)]);
}

#[test]
fn commands_with_several_keys() {
    let lines = [
        "GETSET a 1",
        "GETDEL a",
        "HSET h f 1",
        "HGET h f",
        "RENAME h i",
        "COPY i j",
        "ZUNIONSTORE z 2 i j",
        "BITOP AND d i",
        "MSET i 1 j 2",
        "EXISTS i j",
        "INCR n",
    ];
    let lines: Vec<(f64, &str)> = lines.iter().enumerate().map(|(at, line)| (at as f64, *line)).collect();
    let expected = "get a,set a,get a,del a,set h,get h,del h,set i,get i,set j,get i,get j,set z,get i,set d,set i,set j,\
                    get i,get j,set n";
    assert_eq!(done(&monitor(&lines)).join(","), expected);
}

#[test]
fn what_is_no_text_is_not_taken() {
    let mut state = 7u64;
    let noise: Vec<u8> = (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as u8
        })
        .collect();
    let wide: Vec<u8> = "key-1\nkey-2\nkey-1\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for junk in [&noise, &noise[..300], &[0u8; 50], &wide] {
        let imported = read_in(&[junk]);
        assert!(imported.inquiry.is_none() && imported.data.is_none());
        assert!(imported.summary.starts_with("no text: ") && imported.summary.contains('%'), "{}", imported.summary);
        assert!(!imported.bad.is_empty());
    }
    // A few letters of an old character set are no matter.
    let old: Vec<u8> = "un-caf\u{e9}-au-lait\n".chars().map(|c| c as u8).cycle().take(4_000).collect();
    assert!(read_in(&[&old]).inquiry.is_some());
}

#[test]
fn little_is_said_of_little() {
    for (text, has, not) in [
        ("a\na\nb\nc", "Of 3 keys 2 are asked for only once.", "tenth"),
        ("a", "All requests are for one key, “a”.", "Most asked"),
        ("a\nb", "each is asked for only once", "Zipf"),
    ] {
        let (words, scene) = answered(read(text));
        let drawn = format!("{:?}", scene.shapes().collect::<Vec<_>>());
        assert!(words.contains(has) && !words.contains(not) && !words.contains(".."), "{words}");
        assert!(!drawn.contains("exponent") && !drawn.contains(".. "), "{drawn}");
    }
}

#[test]
fn what_monitor_prints() {
    let text = r#"OK
1700000000.000001 [0 10.0.0.1:50000] "GET" "user:1"
1700000000.100001 [0 [::1]:50000] "get" "a \"quoted\" key\\\n\x00\xe2\x82\xac"
1700000000.200001 [3 10.0.0.1:50000] "GET" "user:1"
1700000000.300001 [0 lua] "MGET" "user:1" "user:2" "user:1"
1700000000.400001 [0 unix:/tmp/a socket] "HGETALL" "cart"
1700000000.500001 [0 10.0.0.1:50000] "SET" "user:2" "long value" "EX" "60"
1700000000.600001 [0 10.0.0.1:50000] "PING"
1700000000.700001 [0 10.0.0.1:50000] "ZINTER" "2" "z1" "z2" "WITHSCORES"
1700000000.800001 [0 10.0.0.1:50000] "XREAD" "COUNT" "2" "STREAMS" "s1" "s2" "0" "0"
1700000000.900001 [0 10.0.0.1:50000] "OBJECT" "ENCODING" "user:1"
1700000001.000001 [0 10.0.0.1:50000] "OBJECT" "HELP"
1700000001.100001 [0 10.0.0.1:50000] "DEL" "user:1" "user:2"
+1700000001.200001 "exists" "old"
1700000002.000001 (db 2) "get" "older"
"#;
    let (trace, bad, said) = trace_of(Reading::default(), text.as_bytes());
    assert!(bad.is_empty(), "{bad:?}");
    let trace = trace.expect("a trace");
    let one = |request: &u32| Some((decoded(*request).0, trace.name(decoded(*request).1)?));
    let all: Vec<(Op, String)> = trace.requests.iter().filter_map(one).collect();
    let expected = [
        "user:1",
        "a \"quoted\" key\\€",
        "user:1",
        "user:1",
        "user:2",
        "user:1",
        "cart",
        "user:2",
        "z1",
        "z2",
        "s1",
        "s2",
        "user:1",
        "user:1",
        "user:2",
        "old",
        "older",
    ];
    let op = |at: usize| match at {
        7 => Op::Write,
        13 | 14 => Op::Delete,
        _ => Op::Read,
    };
    let expected: Vec<(Op, String)> =
        expected.iter().enumerate().map(|(at, name)| (op(at), name.to_string())).collect();
    assert_eq!(all, expected);
    assert_ne!(trace.requests[0], trace.requests[2], "another database has other keys");
    assert_eq!(trace.requests[0], trace.requests[3]);
    assert!((trace.seconds.expect("a time") - 2.0).abs() < 1e-6);
    assert!(said.contains("1 write puts its key in") && said.contains("2 deletions take keys out"), "{said}");
    assert!(said.contains("2 commands about no key"), "{said}");
}

#[test]
fn bad_lines_are_counted_and_shown_and_the_rest_is_kept() {
    let text = "time,key,size,op\n1,a,10,get\n2,b,many,get\n3,,1,get\n4\n5,c,1,frobnicate\n6,a,-1,get\n7,d,1,get\n";
    let imported = read(text);
    let lines: Vec<u64> = imported.bad.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 5, 6, 7]);
    assert!(imported.summary.starts_with("2 requests for 2 keys"), "{}", imported.summary);
    let why: Vec<&str> = imported.bad.iter().map(|(_, why)| &**why).collect();
    assert!(
        why[0].contains("“many”")
            && why[1].contains("a key")
            && why[2].contains("column")
            && why[3].contains("“frobnicate”")
    );
    let many: String = (0..50).map(|i| format!("{i},\n")).chain(["9,x\n".into()]).collect();
    let imported = read(&format!("time,key\n{many}"));
    assert_eq!((imported.bad.len(), imported.more), (20, 30));
    let text = "1700000000.1 [0 a:1] \"GET\" \"k\"\n1700000000.2 [0 a:1] \"GET\"\n1700000000.3 [0 a:1] \"GET\" \"k\nGET k\n1700000000.4 [0 a:1] GET k\n";
    let imported = read(text);
    assert_eq!(imported.bad.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert!(imported.inquiry.is_some());
}

#[test]
fn beyond_the_most_is_said_and_left_out() {
    let text: String = (0..50).map(|i| format!("k{}\n", i % 7)).collect();
    let (trace, _, said) = trace_of(Reading::up_to(30), text.as_bytes());
    assert_eq!(trace.map(|trace| trace.requests.len()), Some(30));
    assert!(said.contains("only the first 30 are kept, 20 more left out"), "{said}");
    let text: String = (0..50).map(|i| format!("{i},k{},set\n", i % 7)).collect();
    let (trace, _, said) = trace_of(Reading::up_to(30), text.as_bytes());
    assert_eq!(trace.map(|trace| trace.requests.len()), Some(30));
    assert!(said.contains("30 writes") && said.contains("20 more left out"), "{said}");
    // And bytes: the line that the limit cuts is left out as well.
    let mut reader: Box<dyn Reader> = Box::new(Lines::up_to(Box::new(Reading::default()), 10));
    reader.push(b"one\ntwo\nthree\nfour\n");
    let found = reader.finish();
    assert!(found.summary.starts_with("2 requests"), "{}", found.summary);
    assert!(found.bad[0].1.contains("the rest was left out"));
}

/// What the answer says of a trace that is known: 20 keys in a loop, and one asked for every other time.
#[test]
fn the_answer_is_what_caches_do() {
    let text: String =
        (0..4_000).map(|i| if i % 2 == 0 { "hot\n".into() } else { format!("k{}\n", i / 2 % 20) }).collect();
    let (trace, ..) = trace_of(Reading::default(), text.as_bytes());
    let trace = trace.expect("a trace");
    let requests = trace.requests.clone();
    let mut answer = Answer::new(trace);
    assert_eq!(answer.words(), "Not computed yet.");
    while answer.step() {}
    assert_eq!((answer.popularity.keys, answer.popularity.requests), (21, 4_000));
    assert_eq!(answer.top[0], (0, 2_000));
    assert!((answer.most() - (1.0 - 21.0 / 4_000.0)).abs() < 1e-12);
    // Half are hits with two entries, whatever the loop does; LRU has no more until all of it fits.
    let lru = Rule::ALL.iter().position(|rule| *rule == Rule::Lru).expect("LRU");
    assert!((answer.enough(lru, 0.499).expect("a size") - 2.0).abs() < 0.5);
    assert!(answer.enough(lru, 0.9).expect("a size") > 18.0);
    assert_eq!(answer.enough(lru, 0.999), None);
    // MRU keeps a part of a loop: it takes fewer entries for 70%.
    assert!(answer.best(0.7).expect("a rule").1 < 17.0);
    for (i, size) in answer.curves.sizes().iter().enumerate() {
        let mut cache = Cache::new(Rule::Lru, *size, 1);
        let misses = requests.iter().filter(|key| !cache.request(**key)).count() as f64;
        assert_eq!(answer.curves.ratio(lru, i), Some(misses / 4_000.0));
    }
    let words = answer.words();
    assert!(words.contains("“hot” 50.0%") && words.contains("For 80% hits"), "{words}");
    assert!(words.contains("1,000 requests in a row are for 21 different keys"), "{words}");
}

/// Nothing written over the edge, nothing outside, at every width.
fn fits(scene: &Scene) {
    assert!(scene.height > 300.0 && scene.height < 3_000.0);
    for shape in scene.shapes() {
        let (x0, y0, x1, y1) = shape.bounds();
        assert!(x0 >= -1.0 && y0 >= 0.0 && x1 <= scene.width + 1.0 && y1 <= scene.height, "{shape:?}");
    }
}

#[test]
fn the_picture_fits_every_width() {
    let skewed: String =
        (0..30_000u32).map(|i| format!("item-{}\n", i.wrapping_mul(2_654_435_761) >> (12 + i % 19))).collect();
    let one: String = "same\n".repeat(500);
    let sized: String = (0..900).map(|i| format!("{i},k{},{}\n", i * i % 31, 100 + i % 9)).collect();
    for text in [IMPORTS[0].example, &skewed, &one, &sized, "a", "a\nb"] {
        let mut imported = read(text);
        let inquiry = imported.inquiry.as_mut().expect("a question");
        while inquiry.step() {}
        for width in [10.0, 280.0, 320.0, 360.0, 619.0, 620.0, 815.0, 5_000.0] {
            fits(&inquiry.scene(width));
        }
        assert!(!inquiry.words().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_into_pieces_reads_the_same(cuts in prop::collection::vec(0usize..9_000, 0..6), which in 0usize..3) {
        let table = "time,key,size,op\n1,a,10,get\n2,\"b,\"\"c\"\"\",20,get\nbad\n3,a,1,set\n".repeat(20);
        let text = [IMPORTS[0].example, &table, "a\r\nb\r\na\n\nc"][which].as_bytes();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).chain([0, text.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
        let (whole, parts) = (read_in(&[text]), read_in(&pieces));
        prop_assert_eq!(whole.summary, parts.summary);
        prop_assert_eq!(whole.bad, parts.bad);
    }

    #[test]
    fn nothing_makes_it_panic(lines in prop::collection::vec(prop_oneof![
        "\\PC{0,30}",
        "[0-9]{1,3}\\.[0-9]{1,3} [\\[(\"](db )?[0-9a-z .:]{0,9}[\\])]? ?\"?[a-zA-Z]{1,6}\"?( \"[a-z0-9\\\\x\"]{0,5}\"?){0,5}",
        "[0-9.]{0,4},[a-z\"]{0,4},[0-9e.-]{0,5},(get|set|del|x)?",
        Just("time,key,size,op".to_string()),
    ], 0..30)) {
        let mut imported = read(&lines.join("\n"));
        if let Some(inquiry) = imported.inquiry.as_mut() {
            while inquiry.step() {}
            fits(&inquiry.scene(360.0));
            prop_assert!(!inquiry.words().is_empty());
        }
    }

    #[test]
    fn raw_bytes_do_not_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_in(&[&bytes]);
    }
}

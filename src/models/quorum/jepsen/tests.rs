use super::*;
use proptest::prelude::*;

/// Operations as short texts: `client kind invoked-completed outcome`.
fn short(read: &Read) -> Vec<String> {
    let history = &read.history;
    let one = |op: &Op| {
        let value = |number: u32| history.value(number);
        let kind = match op.kind {
            Kind::Write(v) => format!("w{}", value(v)),
            Kind::Read(Some(v)) => format!("r{}", value(v)),
            Kind::Read(None) => "r?".to_string(),
            Kind::Cas(a, b) => format!("c{}:{}", value(a), value(b)),
        };
        let end = op.completed.map_or("…".to_string(), |at| at.to_string());
        let key = history.key(op.key);
        format!("{} {key} {kind} {}-{end} {:?}", history.client(op.client), op.invoked, op.outcome)
    };
    history.ops.iter().map(one).collect()
}

const VECTOR: &str = "; a comment
[{:process 0, :type :invoke, :f :write, :value 3, :time 1000000, :index 0}
 {:process :nemesis, :type :info, :f :start, :value nil, :time 1500000, :index 1}
 {:process 1, :type :invoke, :f :read, :value nil, :time 2000000, :index 2}
 {:process 0, :type :ok, :f :write, :value 3, :time 3000000, :index 3}
 {:process 1, :type :ok, :f :read, :value 3, :time 3000100, :index 4}
 {:process 0, :type :invoke, :f :cas, :value [3 4], :time 3000200, :index 5}
 {:process 0, :type :info, :f :cas, :value [3 4], :time 9000000, :index 6, :error \"timeout: {:a 1} \\\"}\"}
 {:process 1, :type :invoke, :f :write, :value 5, :time 9000001, :index 7}
 {:process 1, :type :fail, :f :write, :value 5, :time 9000002, :index 8}]";

#[test]
fn a_vector_of_maps() {
    let found = read(VECTOR);
    assert_eq!(found.bad, []);
    assert_eq!((found.ignored, found.timed), (1, true));
    let expected = ["0 x w3 0-2000 Ok", "1 x r3 1000-2001 Ok", "0 x c3:4 2002-… Info", "1 x w5 8001-8002 Fail"];
    assert_eq!(short(&found), expected);
    // One map a line, on one line, with tags, in pieces: the same.
    let bare = VECTOR.replace(['[', ']'], " ").replace("3 4", "[3 4]");
    for text in
        [bare, VECTOR.replace('\n', " ").replace("; a comment", ""), VECTOR.replace("{:p", "#jepsen.history.Op{:p")]
    {
        assert_eq!(short(&read(&text)), expected, "{text}");
    }
    for size in 1..40 {
        let mut reader = Reader::default();
        VECTOR.as_bytes().chunks(size).for_each(|piece| reader.push(piece));
        assert_eq!(short(&reader.finish()), expected);
    }
}

#[test]
fn lines_between_tabs() {
    let plain = "0\t:invoke\t:write\t3\n1\t:invoke\t:read\tnil\n0\t:ok\t:write\t3\n:nemesis\t:info\t:start\tnil\n\
                 1\t:ok\t:read\t3\n1\t:invoke\t:cas\t[3 4]\n1\t:info\t:cas\t:timed-out\n";
    let expected = ["0 x w3 0-2 Ok", "1 x r3 1-3 Ok", "1 x c3:4 4-… Info"];
    let found = read(plain);
    assert_eq!((short(&found), found.bad.len(), found.ignored, found.timed), (to_texts(&expected), 0, 1, false));
    let logged: String = plain.lines().map(|line| format!("INFO  jepsen.util - {line}\n")).collect();
    let found = read(&format!("INFO  jepsen.core - Running test\n{logged}WARN  something broke"));
    assert_eq!((short(&found), found.bad.len(), found.ignored), (to_texts(&expected), 0, 3));
}

fn to_texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

#[test]
fn keys_of_their_own() {
    let text = "{:process 0 :type :invoke :f :write :value [7 1]}
                {:process 0 :type :ok :f :write :value [7 1]}
                {:process 1 :type :invoke :f :cas :value [8 [1 2]]}
                {:process 2 :type :invoke :f :read :value #jepsen.independent.Tuple [8 nil]}
                {:process 2 :type :ok :f :read :value #jepsen.independent.Tuple [8 2]}
                {:process 1 :type :fail :f :cas :value [8 [1 2]]}
                {:process 3 :type :invoke :f :read :value nil}
                {:process 3 :type :ok :f :read :value [1 2]}";
    let found = read(text);
    assert_eq!(found.bad, []);
    let expected = ["0 7 w1 0-1 Ok", "1 8 c1:2 2-5 Fail", "2 8 r2 3-4 Ok", "3 x r[1 2] 6-7 Ok"];
    assert_eq!(short(&found), expected);
}

#[test]
fn json_by_operations_and_by_events() {
    let text = r#"{"client":0,"op":"write","key":"x","value":3,"start":101,"end":105}
{"client":"b","op":"read","key":"x","value":3,"start":103,"end":104,"outcome":"ok"}
{"client":2,"op":"cas","key":"y","from":1,"to":2,"start":110,"end":null}
{"client":3,"op":"cas","key":"y","value":[1,2],"start":111,"end":112,"ok":false}
{"client":4,"op":"read","key":"y","value":null,"start":113,"end":120,"outcome":"timeout"}"#;
    let found = read(text);
    assert_eq!(found.bad, []);
    let expected = ["0 x w3 0-4 Ok", "b x r3 2-3 Ok", "2 y c1:2 9-… Info", "3 y c1:2 10-11 Fail", "4 y r? 12-19 Info"];
    assert_eq!(short(&found), expected);
    assert_eq!(short(&read(&format!("[{}]", text.replace('\n', ",\n")))), expected);
    // Seconds, where there is a point.
    let found = read(r#"{"client":0,"op":"get","value":null,"start":1700000000.25,"end":1700000001}"#);
    assert_eq!(short(&found), ["0 x rnil 0-750000 Ok"]);
    let text = r#"{"process":0,"type":"invoke","f":"write","value":"a b","time":5000}
{"process":0,"type":"ok","f":"write","value":"a b","time":9000}"#;
    assert_eq!(short(&read(text)), ["0 x w“a b” 0-4 Ok"]);
}

#[test]
fn what_is_wrong_is_said_and_the_rest_is_kept() {
    let cases = [
        ("{:process 0 :type :begin :f :read}", "invoke, ok, fail or info as the type"),
        ("{:process 0 :type :invoke :f :append :value 3}", "read, write or cas as the function"),
        ("{:process 0 :type :invoke :f :cas :value 3}", "[old new] as the value of a cas"),
        ("{:process nil :type :invoke :f :read}", "a process (or client), as a number or a name"),
        ("{:process 5 :type :ok :f :read :value 1}", "an invocation by process 5 before its ok"),
        ("{:process 5 :type}", "a value after each key of a map"),
        ("what is this", "a map, or a line such as “0 :invoke :write 3”"),
        ("{:process 5 :type :invoke", "a record of at most 16 KB"),
        ("{:process 5 :error \"half", "a record of at most 16 KB"),
        ("{\"client\":1,\"op\":\"read\",\"start\":1,\"end\":2}", "either events or whole operations, not both"),
    ];
    let good = "{:process 9 :type :invoke :f :write :value 1}\n{:process 9 :type :ok :f :write :value 1}\n";
    let many = good.repeat(300);
    for (wrong, expected) in cases {
        let found = read(&format!("{good}{wrong}\n{many}"));
        assert_eq!(found.bad, [(3, expected.to_string())], "{wrong}");
        assert_eq!(found.history.ops.len(), 301, "{wrong}");
    }
    // At the end of the file, too.
    let found = read(&format!("{good}{{:process 1\n{good}"));
    assert_eq!((found.bad, found.history.ops.len()), (vec![(3, "the brace that closes a map".to_string())], 2));
    // Two at once: the first one may still happen.
    let found = read("0\t:invoke\t:write\t1\n0\t:invoke\t:write\t2\n0\t:ok\t:write\t2");
    assert_eq!(short(&found), ["0 x w1 0-… Info", "0 x w2 1-2 Ok"]);
    assert_eq!(found.bad, [(2, "an end of what process 0 has begun, before its next operation".to_string())]);
    let found = read(r#"{"client":1,"op":"read","start":5,"end":2}"#);
    assert_eq!(found.bad, [(1, "an end that is not before the start".to_string())]);
    let found = read(&"nonsense\n".repeat(50));
    assert_eq!((found.bad.len(), found.more), (20, 30));
}

#[test]
fn limits_are_kept() {
    let line = "{:process 9 :type :invoke :f :write :value 1}{:process 9 :type :ok :f :write :value 1}\n";
    let found = read(&line.repeat(MOST_OPS + 10));
    assert_eq!(found.history.ops.len(), MOST_OPS);
    assert_eq!(found.bad, [(200_001, "200,000 operations were read; the rest was left out".to_string())]);
    let mut reader = Reader::default();
    let nothing = vec![b' '; 1 << 20];
    for _ in 0..70 {
        reader.push(&nothing);
    }
    assert_eq!(reader.finish().bad, [(1, "64 MB were read; the rest was left out".to_string())]);
    // Nothing here takes long.
    for text in ["{\n", "{", "\"", "{:a \"\n", "[", "#", "{:a {\n}\n"] {
        assert!(read(&text.repeat(100_000)).history.ops.is_empty());
    }
}

proptest! {
    #[test]
    fn never_panics(text in "([\\[\\]{}()\"\\\\#_:; \t1é,^\n-]|:invoke|:ok|:process|:type|:f|:read|\"start\"|1e9|0){0,40}") {
        let whole = short(&read(&text));
        let mut reader = Reader::default();
        text.as_bytes().chunks(3).for_each(|piece| reader.push(piece));
        prop_assert_eq!(short(&reader.finish()), whole);
    }

    #[test]
    fn never_panics_on_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut reader = Reader::default();
        reader.push(&bytes);
        reader.finish();
    }

    #[test]
    fn damage_costs_what_it_hits(at in 0usize..900, byte in any::<u8>()) {
        let mut bytes = VECTOR.as_bytes().to_vec();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let mut reader = Reader::default();
        reader.push(&bytes);
        prop_assert!(reader.finish().history.ops.len() <= 5);
    }
}

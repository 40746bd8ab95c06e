use super::*;

#[test]
fn nothing_is_larger_than_nothing() {
    for rule in Rule::ALL {
        let (mut cache, mut out) = (Cache::new(rule, 0, 1), Vec::new());
        assert!(!cache.request(3) && !cache.insert(3, 1, &mut out) && cache.is_empty());
        assert_eq!(out, [(3, Why::TooLarge)]);
    }
}

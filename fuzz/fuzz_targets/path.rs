#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| moving_parts_fuzz::run("path", bytes));

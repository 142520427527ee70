//! The example prints what its comments say.

#[path = "../examples/counter.rs"]
mod counter;

#[test]
fn the_counter_heals() {
    resprout::report::set_sink(|_, _| {}); // the failure is meant
    let mut out = Vec::new();
    counter::run(&mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "20\n42\nfailed: {\"not a number\",\"seven\"}\n1\n");
}

use super::*;

type L = Lease<&'static str, &'static str>;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + seconds)
}

fn grant(value: &'static str, until: u64) -> Result<Grant<&'static str>, &'static str> {
    Ok(Grant { granted: value, expires: at(until) })
}

fn ticket(lease: &L, now: u64) -> Ticket<'_, &'static str, &'static str> {
    match lease.turn(at(now)) {
        Turn::Renew(ticket) => ticket,
        other @ (Turn::Use(_) | Turn::Wait(..)) => panic!("{now}: {other:?}"),
    }
}

fn used(lease: &L, now: u64) -> &'static str {
    match lease.turn(at(now)) {
        Turn::Use(value) => value,
        other @ (Turn::Renew(_) | Turn::Wait(..)) => panic!("{now}: {other:?}"),
    }
}

#[test]
fn what_is_held_is_used_until_its_margin() {
    let lease = L::default();
    assert_eq!(ticket(&lease, 0).settle(grant("a", 3600), at(1)), Ok("a"));
    for now in [1, 2, 1800, 3299] {
        assert_eq!(used(&lease, now), "a");
    }
}

#[test]
fn the_first_in_the_margin_renews_while_others_use_what_they_hold() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 3600), at(0)).unwrap();
    let renewing = ticket(&lease, 3300);
    for _ in 0..100 {
        assert_eq!(used(&lease, 3301), "a");
    }
    assert_eq!(renewing.settle(grant("b", 7200), at(3302)), Ok("b"));
    assert_eq!(used(&lease, 3303), "b");
}

#[test]
fn a_renewer_that_leaves_or_is_never_heard_of_again_is_replaced() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 3600), at(0)).unwrap();
    drop(ticket(&lease, 3300));
    let silent = ticket(&lease, 3301);
    assert_eq!(used(&lease, 3360), "a");
    let other = ticket(&lease, 3361);
    assert_eq!(other.settle(grant("b", 7200), at(3362)), Ok("b"));
    // What comes late does not take the place of what is good for longer.
    assert_eq!(silent.settle(grant("late", 6000), at(3363)), Ok("late"));
    assert_eq!(used(&lease, 3364), "b");
}

#[test]
fn a_failed_renewal_uses_what_is_held_and_is_not_tried_at_once_again() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 3600), at(0)).unwrap();
    assert_eq!(ticket(&lease, 3300).settle(Err("no"), at(3300)), Ok("a"));
    assert_eq!(used(&lease, 3300), "a");
    assert_eq!(ticket(&lease, 3301).settle(Err("no"), at(3301)), Ok("a"));
    assert_eq!(used(&lease, 3302), "a");
    assert_eq!(ticket(&lease, 3303).settle(grant("b", 7200), at(3303)), Ok("b"));
    assert_eq!(used(&lease, 3304), "b");
}

#[test]
fn what_has_nearly_ended_is_used_by_nobody() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 3600), at(0)).unwrap();
    assert_eq!(ticket(&lease, 3590).settle(Err("no"), at(3590)), Err("no"));
}

#[test]
fn callers_that_find_nothing_ask_each_for_itself_up_to_a_bound() {
    let lease = L::default();
    let asking: Vec<_> = (0..AT_ONCE).map(|_| ticket(&lease, 0)).collect();
    assert!(matches!(lease.turn(at(0)), Turn::Wait(1, None)));
    for (index, ticket) in asking.into_iter().enumerate() {
        let value = if index % 2 == 0 { "even" } else { "odd" };
        assert_eq!(ticket.settle(grant(value, 3600), at(1)), Ok(value));
    }
    used(&lease, 2);
}

#[test]
fn failures_are_backed_off_and_their_reason_is_told_meanwhile() {
    let lease = L::default();
    let many: Vec<_> = (0..20).map(|_| ticket(&lease, 0)).collect();
    for one in many {
        assert_eq!(one.settle(Err("denied"), at(0)), Err("denied"));
    }
    let mut now = 0;
    for pause in [1, 2, 4, 8, 16, 30, 30] {
        for second in now..now + pause {
            let left = now + pause - second;
            assert!(
                matches!(lease.turn(at(second)), Turn::Wait(wait, Some("denied")) if wait == left),
                "{second}"
            );
        }
        now += pause;
        assert_eq!(ticket(&lease, now).settle(Err("denied"), at(now)), Err("denied"));
    }
    let now = now + 30;
    assert_eq!(ticket(&lease, now).settle(grant("a", now + 900), at(now)), Ok("a"));
    assert_eq!(used(&lease, now), "a");
}

#[test]
fn a_failure_that_a_success_has_overtaken_counts_for_nothing() {
    let lease = L::default();
    let (slow, quick) = (ticket(&lease, 0), ticket(&lease, 0));
    assert_eq!(quick.settle(grant("a", 3600), at(1)), Ok("a"));
    assert_eq!(slow.settle(Err("no"), at(9)), Ok("a"));
    assert_eq!(used(&lease, 9), "a");
}

#[test]
fn what_a_store_no_longer_knows_is_let_go_unless_it_is_new() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 3600), at(0)).unwrap();
    lease.forget(|held| *held == "a", at(29));
    lease.forget(|held| *held == "another", at(100));
    assert_eq!(used(&lease, 100), "a");
    lease.forget(|held| *held == "a", at(100));
    ticket(&lease, 100);
}

#[test]
fn short_grants_have_short_margins() {
    let lease = L::default();
    ticket(&lease, 0).settle(grant("a", 30), at(0)).unwrap();
    assert_eq!(used(&lease, 19), "a");
    assert_eq!(ticket(&lease, 20).settle(Err("no"), at(20)), Ok("a"));
}

/// What happens to a lease, one after the other.
#[derive(Clone, Debug)]
enum Event {
    /// Somebody wants credentials.
    Turn,
    /// One of those who ask gets some, good for so long.
    Granted(usize, u64),
    /// One of those who ask is refused.
    Refused(usize),
    /// One of those who ask goes away.
    Gone(usize),
    /// The store no longer knows what is held.
    Forgotten,
    /// Time goes by.
    Later(u64),
}

fn events() -> impl proptest::strategy::Strategy<Value = Vec<Event>> {
    use proptest::prelude::*;
    let event = prop_oneof![
        6 => Just(Event::Turn),
        2 => (0_usize..8, prop_oneof![Just(1), Just(60), Just(900), Just(3600)])
            .prop_map(|(who, lasts)| Event::Granted(who, lasts)),
        2 => (0_usize..8).prop_map(Event::Refused),
        1 => (0_usize..8).prop_map(Event::Gone),
        1 => Just(Event::Forgotten),
        4 => prop_oneof![Just(0), Just(1), Just(10), Just(61), Just(500), Just(4000)].prop_map(Event::Later),
    ];
    proptest::collection::vec(event, 1..200)
}

proptest::proptest! {
    /// Nobody gets what has ended; one alone asks while something is held; never do more than a bound; and a wait ends.
    #[test]
    fn whatever_happens_a_lease_keeps_its_word(events in events()) {
        // What is held is known by when it ends.
        let lease = Lease::<u64, &'static str>::default();
        let mut asking: Vec<(Ticket<'_, u64, &'static str>, u64)> = Vec::new();
        let mut now = 1_800_000_000;
        for event in events {
            let clock = Timestamp::from_unix(now);
            match event {
                Event::Turn => match lease.turn(clock) {
                    Turn::Use(ends) => proptest::prop_assert!(now < ends),
                    Turn::Wait(seconds, _) => proptest::prop_assert!((1..=BACKOFF).contains(&seconds)),
                    Turn::Renew(ticket) => {
                        let fresh = asking.iter().filter(|(_, since)| now < since + GONE).count();
                        let usable = lease.state().held.as_ref().is_some_and(|held| clock < held.ends);
                        let bound = if usable { 1 } else { AT_ONCE };
                        proptest::prop_assert!(fresh < bound);
                        asking.push((ticket, now));
                    }
                },
                Event::Granted(who, lasts) if who < asking.len() => {
                    let (ticket, _) = asking.swap_remove(who);
                    let expires = Timestamp::from_unix(now + lasts);
                    let given = ticket.settle(Ok(Grant { granted: now + lasts, expires }), clock);
                    proptest::prop_assert_eq!(given, Ok(now + lasts));
                }
                Event::Refused(who) if who < asking.len() => {
                    let (ticket, _) = asking.swap_remove(who);
                    match ticket.settle(Err("no"), clock) {
                        Ok(ends) => proptest::prop_assert!(now < ends),
                        Err(why) => proptest::prop_assert_eq!(why, "no"),
                    }
                }
                Event::Gone(who) if who < asking.len() => drop(asking.swap_remove(who)),
                Event::Granted(..) | Event::Refused(_) | Event::Gone(_) => {}
                Event::Forgotten => lease.forget(|_| true, clock),
                Event::Later(seconds) => now += seconds,
            }
            proptest::prop_assert!(lease.state().asking.len() <= AT_ONCE);
        }
        // All have left, and a minute later somebody is served or may ask.
        drop(asking);
        let later = Timestamp::from_unix(now + GONE);
        proptest::prop_assert!(!matches!(lease.turn(later), Turn::Wait(..)));
    }
}

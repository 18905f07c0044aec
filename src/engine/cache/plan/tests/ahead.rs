//! Reading ahead of readers.

use super::*;

#[test]
fn reading_ahead_goes_on_where_the_bytes_end_and_until_there_is_enough() {
    let ahead = |lead: u64, full: bool, keep: bool| {
        let ranges = set(&[(0, 10 * M + lead)]);
        let places = [place(1, 10 * M)];
        let mut view = View {
            places: &places,
            keep,
            ..view(&ranges)
        };
        view.window.full = full;
        view.window.lead = lead;
        moves(view)
    };
    let on = |from, to, rank| vec![start(from, to, 1, rank)];
    assert_eq!(ahead(M, false, false), on(11 * M, 42 * M, Rank::Soon));
    assert_eq!(
        ahead(20 * M, false, false),
        on(30 * M, 42 * M, Rank::Window)
    );
    assert_eq!(ahead(20 * M, true, false), [], "half of it is not used up");
    assert_eq!(ahead(32 * M, false, false), [], "there is enough");
    let fill = vec![start(42 * M, u64::MAX, 0, Rank::Fill)];
    let kept = ahead(32 * M, true, true);
    assert_eq!(kept, fill, "what is worth it comes to the end");
}

#[test]
fn a_place_that_may_be_left_again_is_not_read_ahead_of() {
    let ranges = set(&[(0, M), (40 * M, 41 * M)]);
    let places = [PlaceView {
        proven: false,
        ..place(1, 40 * M + 65_536)
    }];
    let view = View {
        places: &places,
        keep: false,
        ..view(&ranges)
    };
    assert_eq!(moves(view), []);
}

#[test]
fn the_shorter_supply_is_read_ahead_first() {
    let ranges = set(&[(0, 10 * M), (50 * M, 52 * M)]);
    let places = [place(1, M), place(1, 50 * M)];
    let view = View {
        places: &places,
        slots: 1,
        keep: false,
        ..view(&ranges)
    };
    assert_eq!(moves(view), [start(52 * M, 84 * M, 1, Rank::Soon)]);
}

use super::Timestamp;

fn check(unix: u64, amz: &str, http: &str, iso: &str) {
    let at = Timestamp::from_unix(unix);
    assert_eq!(at.amz_date(), amz);
    assert_eq!(Some(at.date_stamp().as_str()), amz.split('T').next());
    assert_eq!(at.http_date(), http);
    assert_eq!(at.iso8601(), iso);
    assert_eq!(Timestamp::parse_amz(amz), Some(at));
    assert_eq!(Timestamp::parse_http_date(http), Some(at));
    assert_eq!(Timestamp::parse_iso8601(iso), Some(at));
}

#[test]
fn the_four_spellings_of_a_moment_agree() {
    check(0, "19700101T000000Z", "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z");
    check(951_782_400, "20000229T000000Z", "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00.000Z");
    check(1_440_938_160, "20150830T123600Z", "Sun, 30 Aug 2015 12:36:00 GMT", "2015-08-30T12:36:00.000Z");
    check(1_735_689_599, "20241231T235959Z", "Tue, 31 Dec 2024 23:59:59 GMT", "2024-12-31T23:59:59.000Z");
    check(4_107_542_400, "21000301T000000Z", "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00.000Z");
    check(253_402_300_799, "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.000Z");
}

#[test]
fn every_day_of_four_centuries_is_read_back() {
    for day in 0..146_097 {
        let at = Timestamp::from_unix(day * 86_400 + 12_345);
        assert_eq!(Timestamp::parse_amz(&at.amz_date()), Some(at));
        assert_eq!(Timestamp::parse_http_date(&at.http_date()), Some(at));
    }
}

#[test]
fn dates_are_read_strictly() {
    let refused = [
        "",
        "20150830T123600",
        "20150830T123600z",
        "20150830t123600Z",
        "20150830T123600ZZ",
        " 20150830T123600Z",
        "2015083T0123600Z",
        "20150832T123600Z",
        "20150229T123600Z",
        "21000229T000000Z",
        "20151330T123600Z",
        "20150030T123600Z",
        "20150800T123600Z",
        "20150830T243600Z",
        "20150830T126000Z",
        "20150830T123660Z",
        "19691231T235959Z",
        "+0150830T123600Z",
        "２0150830T123600Z",
        "2015-08-30T12:36:00Z",
    ];
    for text in refused {
        assert_eq!(Timestamp::parse_amz(text), None, "{text}");
    }
    let refused = [
        "Mon, 30 Aug 2015 12:36:00 GMT",
        "Sun, 30 Aug 2015 12:36:00 UTC",
        "Sun, 30 Aug 2015 12:36:00",
        "Sunday, 30-Aug-15 12:36:00 GMT",
        "Sun Aug 30 12:36:00 2015",
        "sun, 30 aug 2015 12:36:00 gmt",
    ];
    for text in refused {
        assert_eq!(Timestamp::parse_http_date(text), None, "{text}");
    }
    let at = Some(Timestamp::from_unix(1_440_938_160));
    assert_eq!(Timestamp::parse_iso8601("2015-08-30T12:36:00Z"), at);
    assert_eq!(Timestamp::parse_iso8601("2015-08-30T12:36:00.5Z"), at);
    for text in ["2015-08-30T12:36:00", "2015-08-30T12:36:00.Z", "2015-08-30T12:36:00+00:00", "2015-08-30"] {
        assert_eq!(Timestamp::parse_iso8601(text), None, "{text}");
    }
}

//! Cities, the way along the globe between them, and how long light in a fibre takes for it.

use super::show::MS;

pub struct City {
    pub name: &'static str,
    /// Degrees north and east.
    pub north: f64,
    pub east: f64,
    pub region: Region,
}

/// What measurements between regions call the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// North America
    East,
    Central,
    West,
    /// Western Europe
    Europe,
    Singapore,
    Elsewhere,
}

const fn city(name: &'static str, north: f64, east: f64, region: Region) -> City {
    City { name, north, east, region }
}

/// City centres, to a hundredth of a degree.
pub const CITIES: &[City] = &[
    city("Amsterdam", 52.37, 4.90, Region::Europe),
    city("Ashburn", 39.04, -77.49, Region::East),
    city("Bangalore", 12.97, 77.59, Region::Elsewhere),
    city("Cape Town", -33.92, 18.42, Region::Elsewhere),
    city("Chicago", 41.88, -87.63, Region::Central),
    city("Dallas", 32.78, -96.80, Region::Central),
    city("Dubai", 25.20, 55.27, Region::Elsewhere),
    city("Dublin", 53.35, -6.26, Region::Europe),
    city("Frankfurt", 50.11, 8.68, Region::Europe),
    city("Hong Kong", 22.32, 114.17, Region::Elsewhere),
    city("Johannesburg", -26.20, 28.05, Region::Elsewhere),
    city("London", 51.51, -0.13, Region::Europe),
    city("Los Angeles", 34.05, -118.24, Region::West),
    city("Madrid", 40.42, -3.70, Region::Elsewhere),
    city("Mumbai", 19.08, 72.88, Region::Elsewhere),
    city("New York", 40.71, -74.01, Region::East),
    city("Oslo", 59.91, 10.75, Region::Elsewhere),
    city("Paris", 48.86, 2.35, Region::Europe),
    city("San Francisco", 37.77, -122.42, Region::West),
    city("Santiago", -33.45, -70.67, Region::Elsewhere),
    city("São Paulo", -23.55, -46.63, Region::Elsewhere),
    city("Seattle", 47.61, -122.33, Region::West),
    city("Seoul", 37.57, 126.98, Region::Elsewhere),
    city("Singapore", 1.35, 103.82, Region::Singapore),
    city("Stockholm", 59.33, 18.07, Region::Elsewhere),
    city("Sydney", -33.87, 151.21, Region::Elsewhere),
    city("Tokyo", 35.68, 139.69, Region::Elsewhere),
    city("Toronto", 43.65, -79.38, Region::Elsewhere),
];

/// The city of this name, in letters of any size.
pub fn find(name: &str) -> Option<&'static City> {
    let name = name.trim();
    let plain = if name.eq_ignore_ascii_case("sao paulo") { "São Paulo" } else { name };
    CITIES.iter().find(|city| city.name.eq_ignore_ascii_case(plain))
}

/// Mean radius of the Earth in km (IUGG); a sphere is within 0.6% of the true way.
const RADIUS_KM: f64 = 6_371.008_8;

/// Along a great circle, in km (haversine).
pub fn distance_km(a: &City, b: &City) -> f64 {
    let turn = std::f64::consts::PI / 180.0;
    let half = |from: f64, to: f64| libm::sin((to - from) * turn / 2.0);
    let (up, over) = (half(a.north, b.north), half(a.east, b.east));
    let h = up * up + libm::cos(a.north * turn) * libm::cos(b.north * turn) * over * over;
    2.0 * RADIUS_KM * libm::asin(libm::sqrt(h.min(1.0)))
}

/// Light in a vacuum over the group index of common single-mode fibre (ITU-T G.652 at 1,550 nm: about 1.468), in km/s.
pub const FIBRE_KM_S: f64 = 299_792.458 / 1.468;

/// One way, in ns: no fibre is shorter than the great circle, so nothing in a fibre is sooner there.
pub fn light_ns(km: f64) -> f64 {
    km / FIBRE_KM_S * 1e9
}

/// A round trip that was measured between such places, in ns, and by whom.
pub fn measured(a: &City, b: &City) -> Option<(f64, &'static str)> {
    use Region::*;
    let is = |x: Region, y: Region| (a.region, b.region) == (x, y) || (a.region, b.region) == (y, x);
    let california = |city: &City| matches!(city.name, "San Francisco" | "Los Angeles");
    if (california(a) && b.name == "Amsterdam") || (california(b) && a.name == "Amsterdam") {
        return Some((150.0 * MS, "California – Netherlands, Dean 2010"));
    }
    let ms = if is(East, West) {
        (60.0, "North America East – West, napkin-math 2026")
    } else if is(Central, East) {
        (25.0, "North America Central – East, napkin-math 2026")
    } else if is(Central, West) {
        (40.0, "North America Central – West, napkin-math 2026")
    } else if is(Europe, East) {
        (80.0, "Europe West – North America East, napkin-math 2026")
    } else if is(Europe, Central) {
        (100.0, "Europe West – North America Central, napkin-math 2026")
    } else if is(West, Singapore) {
        (180.0, "North America West – Singapore, napkin-math 2026")
    } else if is(Europe, Singapore) {
        (160.0, "Europe West – Singapore, napkin-math 2026")
    } else {
        return None;
    };
    Some((ms.0 * MS, ms.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_globe() {
        let km = |a: &str, b: &str| distance_km(find(a).expect(a), find(b).expect(b));
        // Great-circle distances between these cities, in km, to 1%.
        for (a, b, wanted) in [
            ("London", "New York", 5_570.0),
            ("Amsterdam", "San Francisco", 8_790.0),
            ("Sydney", "Singapore", 6_300.0),
            ("Paris", "paris", 0.0),
        ] {
            assert!((km(a, b) - wanted).abs() <= 0.01 * wanted + 1e-6, "{a} – {b}: {}", km(a, b));
            assert!((km(a, b) - km(b, a)).abs() < 1e-9);
        }
        let quarter = City { name: "", north: 90.0, east: 0.0, region: Region::Elsewhere };
        let equator = City { name: "", north: 0.0, east: 77.0, region: Region::Elsewhere };
        let exact = RADIUS_KM * std::f64::consts::FRAC_PI_2;
        assert!((distance_km(&quarter, &equator) - exact).abs() < 1e-6);
        assert!((light_ns(FIBRE_KM_S) - 1e9).abs() < 1e-3);
    }

    /// What was measured is never sooner than light.
    #[test]
    fn nothing_measured_beats_light() {
        let mut seen = 0;
        for a in CITIES {
            for b in CITIES {
                if let Some((ns, who)) = measured(a, b) {
                    let least = 2.0 * light_ns(distance_km(a, b));
                    assert!(ns > least, "{} – {}: {who} {ns}, light {least}", a.name, b.name);
                    seen += 1;
                }
            }
        }
        assert!(seen > 20);
    }
}

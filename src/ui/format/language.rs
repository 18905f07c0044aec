//! Names of languages, from the ISO 639 codes that media files and servers use.

use gettextrs::gettext;

/// The language's name in the session's language ("eng" → "English"); an unknown code as it is.
#[must_use]
pub fn language(code: &str) -> String {
    // A region or script ("pt-BR") does not change the name that fits a line of facts.
    let base = code.split(['-', '_']).next().unwrap_or(code);
    match base.to_ascii_lowercase().as_str() {
        "ar" | "ara" => gettext("Arabic"),
        "bg" | "bul" => gettext("Bulgarian"),
        "ca" | "cat" => gettext("Catalan"),
        "cs" | "ces" | "cze" => gettext("Czech"),
        "da" | "dan" => gettext("Danish"),
        "de" | "deu" | "ger" => gettext("German"),
        "el" | "ell" | "gre" => gettext("Greek"),
        "en" | "eng" => gettext("English"),
        "es" | "spa" => gettext("Spanish"),
        "et" | "est" => gettext("Estonian"),
        "fa" | "fas" | "per" => gettext("Persian"),
        "fi" | "fin" => gettext("Finnish"),
        "fr" | "fra" | "fre" => gettext("French"),
        "he" | "heb" => gettext("Hebrew"),
        "hi" | "hin" => gettext("Hindi"),
        "hr" | "hrv" => gettext("Croatian"),
        "hu" | "hun" => gettext("Hungarian"),
        "id" | "ind" => gettext("Indonesian"),
        "is" | "isl" | "ice" => gettext("Icelandic"),
        "it" | "ita" => gettext("Italian"),
        "ja" | "jpn" => gettext("Japanese"),
        "ko" | "kor" => gettext("Korean"),
        "lt" | "lit" => gettext("Lithuanian"),
        "lv" | "lav" => gettext("Latvian"),
        "nl" | "nld" | "dut" => gettext("Dutch"),
        "no" | "nor" | "nb" | "nob" | "nn" | "nno" => gettext("Norwegian"),
        "pl" | "pol" => gettext("Polish"),
        "pt" | "por" => gettext("Portuguese"),
        "ro" | "ron" | "rum" => gettext("Romanian"),
        "ru" | "rus" => gettext("Russian"),
        "sk" | "slk" | "slo" => gettext("Slovak"),
        "sl" | "slv" => gettext("Slovenian"),
        "sr" | "srp" => gettext("Serbian"),
        "sv" | "swe" => gettext("Swedish"),
        "th" | "tha" => gettext("Thai"),
        "tr" | "tur" => gettext("Turkish"),
        "uk" | "ukr" => gettext("Ukrainian"),
        "vi" | "vie" => gettext("Vietnamese"),
        "zh" | "zho" | "chi" => gettext("Chinese"),
        _ => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_and_three_letters_mean_the_same() {
        for code in ["de", "deu", "ger", "DE", "de-AT"] {
            assert_eq!(language(code), "German", "{code}");
        }
        assert_eq!(language("tlh"), "tlh");
    }
}

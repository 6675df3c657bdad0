//! CSV dialects: the separators of columns and decimals, and the byte order mark, by the standard or as spreadsheets
//! expect them.

/// A CSV dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CsvDialect {
    /// RFC 4180: commas, decimal points, no byte order mark.
    #[default]
    Standard,
    /// For spreadsheets, with the separators of the user's locale.
    Excel,
    /// For spreadsheets that expect commas and decimal points.
    ExcelComma,
    /// For spreadsheets that expect semicolons and decimal commas.
    ExcelSemicolon,
}

/// Separators of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separators {
    /// Separator of columns.
    pub columns: char,
    /// Decimal separator.
    pub decimal: char,
    /// True if the file begins with a byte order mark, without which Excel takes UTF-8 for another encoding.
    pub mark: bool,
}

impl CsvDialect {
    /// All dialects, in the order offered.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Excel, Self::ExcelComma, Self::ExcelSemicolon];

    /// Returns the name on the command line and in settings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Excel => "excel",
            Self::ExcelComma => "excel-comma",
            Self::ExcelSemicolon => "excel-semicolon",
        }
    }

    /// Returns the title on buttons.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Standard => "Standard: comma and 2.5",
            Self::Excel => "Spreadsheet: as this system writes numbers",
            Self::ExcelComma => "Spreadsheet: comma and 2.5",
            Self::ExcelSemicolon => "Spreadsheet: semicolon and 2,5",
        }
    }

    /// Finds a dialect by its [name](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// Returns the separators, those of [`Self::Excel`] from the user's locale.
    #[must_use]
    pub fn separators(self) -> Separators {
        match self {
            Self::Standard => Separators { columns: ',', decimal: '.', mark: false },
            Self::Excel => of_locale(&locale().unwrap_or_default()),
            Self::ExcelComma => Separators { columns: ',', decimal: '.', mark: true },
            Self::ExcelSemicolon => Separators { columns: ';', decimal: ',', mark: true },
        }
    }
}

/// Returns the user's locale for numbers: `de_DE.UTF-8`, `de-DE`.
fn locale() -> Option<String> {
    let mut named = ["LC_ALL", "LC_NUMERIC", "LANG"].into_iter().filter_map(|name| std::env::var(name).ok());
    named.find(|locale| !locale.is_empty()).or_else(system_locale)
}

#[cfg(any(windows, target_os = "macos"))]
fn system_locale() -> Option<String> {
    sys_locale::get_locale()
}

#[cfg(not(any(windows, target_os = "macos")))]
const fn system_locale() -> Option<String> {
    None
}

/// Languages with a decimal comma, from the Unicode locale data (CLDR 46).
const COMMA: &str = " af ast az ba be bg br bs ca cs cv da de dsb el eo es et eu ff fi fo fr fur fy gl hr hsb ht hu hy ia \
                     id is it jv ka kab kk kl ku ky lb lij ln lo lt lv mk nb nds nl nn no os pl pms pt rm ro ru rw sah \
                     sc scn se sk sl sq sr su sv tg tk tr tt uk uz vec vi wo ";
/// Regions in which a language of that list uses a decimal point.
const POINT_REGIONS: &str =
    " es_419 es_BR es_BZ es_CU es_DO es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_SV es_US de_CH de_LI it_CH fr_RW ";
/// Regions in which a language outside that list uses a decimal comma.
const COMMA_REGIONS: &str = " ar_DZ ar_LB ar_LY ar_MA ar_MR ar_TN en_AT en_BE en_CZ en_DE en_DK en_EE en_ES en_FI en_FR \
                             en_GE en_HU en_ID en_IT en_LT en_LV en_NL en_NO en_PL en_PT en_RO en_SE en_SI en_SK en_UA \
                             en_ZA ms_BN ms_ID qu_BO sw_CD ";
/// Regions whose spreadsheets separate columns by semicolons, whatever their decimal separator.
const SEMICOLON_REGIONS: &str = " de_CH de_LI it_CH en_CH fr_CH ";

/// Returns the separators of a locale. Spreadsheets separate columns by semicolons if the comma is the decimal
/// separator.
fn of_locale(locale: &str) -> Separators {
    let plain = locale.split(['.', '@']).next().unwrap_or_default().replace('-', "_");
    let mut parts = plain.split('_');
    let language = parts.next().unwrap_or_default().to_lowercase();
    // A script may come between language and region: sr_Latn_RS.
    let region = parts.find(|part| matches!(part.len(), 2 | 3)).unwrap_or_default().to_uppercase();
    let (language_entry, region_entry) = (format!(" {language} "), format!(" {language}_{region} "));
    let comma = (COMMA.contains(&language_entry) && !language.is_empty() && !POINT_REGIONS.contains(&region_entry))
        || COMMA_REGIONS.contains(&region_entry);
    let semicolon = comma || SEMICOLON_REGIONS.contains(&region_entry);
    Separators { columns: if semicolon { ';' } else { ',' }, decimal: if comma { ',' } else { '.' }, mark: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_decides_for_spreadsheets() {
        for locale in
            ["de_DE.UTF-8", "de", "fr_FR@euro", "pt-BR", "sr_Latn_RS", "en_DK.utf8", "es_ES", "es_AR", "NL_nl"]
        {
            assert_eq!(of_locale(locale), Separators { columns: ';', decimal: ',', mark: true }, "{locale}");
        }
        for locale in
            ["C", "POSIX", "C.UTF-8", "", "en_US.UTF-8", "en-GB", "es_MX.UTF-8", "es-419", "ja_JP", "zh_CN", "he_IL"]
        {
            assert_eq!(of_locale(locale), Separators { columns: ',', decimal: '.', mark: true }, "{locale}");
        }
        for locale in ["de_CH.UTF-8", "it_CH"] {
            assert_eq!(of_locale(locale), Separators { columns: ';', decimal: '.', mark: true }, "{locale}");
        }
    }

    #[test]
    fn a_dialect_is_stored_by_its_name() {
        for dialect in CsvDialect::ALL {
            assert_eq!(CsvDialect::named(dialect.name()), Some(dialect));
        }
        assert_eq!(CsvDialect::named("xls"), None);
    }
}

#include "examples/licence_audit/wording.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace licence_audit {
namespace {

using audit::v1::HIGH;
using audit::v1::LOW;
using audit::v1::MEDIUM;

constexpr std::string_view mit_start =
    " permission is hereby granted free of charge to any person obtaining a copy of this software "
    "and associated documentation files ";
constexpr std::string_view no_advertising =
    " shall not be used in advertising or otherwise to promote ";

constexpr auto table = std::to_array<wording>({
    // The MIT family.
    {.key = "MIT",
     .start = mit_start,
     .also = " permission notice ",
     .never = no_advertising,
     .reach = 1'500},
    {.key = "X11", .start = mit_start, .also = no_advertising, .reach = 1'500},
    {.key = "MIT",
     .start = " permission is hereby granted free of charge to any person obtaining a copy of this "
              "software to deal in the software without restriction "},
    {.key = "MIT",
     .start =
         " permission is hereby granted without written agreement and without license or royalty "
         "fees to use copy modify and distribute this software and its documentation for any "
         "purpose ",
     .confidence = MEDIUM},
    {.key = "MIT", .start = " licensed under the mit license ", .confidence = MEDIUM},
    {.key = "MIT", .start = " released under the mit license ", .confidence = MEDIUM},
    {.key = "MIT", .start = " mit license ", .confidence = LOW},
    {.key = "MIT-0", .start = " mit no attribution "},
    {.key = "HPND-sell-variant",
     .start = " permission to use copy modify distribute and sell this software and its "
              "documentation for any "
              "purpose ",
     .also = " fee "},
    {.key = "HPND",
     .start = " permission to use copy modify and distribute this software and its documentation "
              "for any "
              "purpose ",
     .also = " fee "},
    {.key = "HPND",
     .start = " permission to use copy modify and distribute this software and its documentation "
              "is hereby "
              "granted "},
    {.key = "HPND",
     .start = " permission to use copy modify distribute and sell this software ",
     .also = " fee ",
     .never = " and its documentation for any ",
     .reach = 160,
     .confidence = MEDIUM},
    {.key = "HPND",
     .start = " permission to use copy and distribute this software and its documentation for any "
              "purpose ",
     .confidence = MEDIUM},
    {.key = "ISC",
     .start = " permission to use copy modify and distribute this software for any purpose with or "
              "without fee "
              "is hereby granted ",
     .also = " permission notice appear in all copies ",
     .never = " without warranty of any kind express or implied ",
     .reach = 330},
    {.key = "ISC",
     .start = " permission to use copy modify and or distribute this software for any purpose with "
              "or without "
              "fee is hereby granted ",
     .also = " permission notice appear in all copies "},
    {.key = "ISC",
     .start = " permission to use copy modify and distribute this software for any purpose without "
              "fee is hereby "
              "granted ",
     .never = " entire notice ",
     .reach = 120,
     .confidence = MEDIUM},
    {.key = "0BSD",
     .start = " permission to use copy modify and or distribute this software for any purpose with "
              "or without "
              "fee is hereby granted ",
     .never = " permission notice ",
     .reach = 200},
    {.key = "NTP",
     .start = " university of delaware makes no representations about the suitability "},
    {.key = "PostgreSQL",
     .start = " permission to use copy modify and distribute this software and its documentation "
              "for any "
              "purpose without fee and without a written agreement is hereby granted "},
    {.key = "TCL",
     .start = " the authors hereby grant permission to use copy modify distribute and license this "
              "software and "
              "its documentation for any purpose "},
    {.key = "NCSA",
     .start = mit_start,
     .also = " following conditions redistributions of source code must retain ",
     .reach = 700},
    {.key = "Unicode-DFS-2016",
     .start = " permission is hereby granted free of charge to any person obtaining a copy of the "
              "unicode data files "},
    {.key = "curl",
     .start = " permission to use copy modify and distribute this software for any purpose with or "
              "without fee "
              "is hereby granted provided that the above copyright notice and this permission "
              "notice appear in all "
              "copies the software is provided as is without warranty of any kind express or "
              "implied including "},

    // Zlib and its neighbours.
    {.key = "Zlib",
     .start = " this software is provided asis without any express or implied warranty ",
     .also = " altered source versions must be plainly marked "},
    {.key = "Zlib",
     .start = " this software is provided as is without any express or implied warranty ",
     .also = " altered source versions must be plainly marked "},
    {.key = "Libpng", .start = " the png reference library is supplied as is "},
    {.key = "Info-ZIP",
     .start = " for the purposes of this copyright and license infozip is defined as "},
    {.key = "IJG",
     .start = " this software is based in part on the work of the independent jpeg group "},
    {.key = "FTL", .start = " the freetype project license "},
    {.key = "Boehm-GC",
     .start = " permission is hereby granted to use or copy this program for any purpose provided "
              "the above "
              "notices are retained on all copies "},
    {.key = "GD", .start = " permission is granted to copy distribute and modify gd "},
    {.key = "Jam",
     .start = " license is hereby granted to use this software and distribute it freely as long as "
              "this copyright "
              "notice is retained and modifications are clearly marked "},
    {.key = "RSA-MD", .start = " rsa data security inc md5 messagedigest algorithm "},
    {.key = "Spencer-86",
     .start = " permission is granted to anyone to use this software for any purpose on any "
              "computer system "
              "and to redistribute it ",
     .confidence = MEDIUM},
    {.key = "Spencer-94",
     .start = " permission is granted to anyone to use this software for any purpose on any "
              "computer system "
              "and to alter it and redistribute it "},
    {.key = "Beerware", .start = " the beer ware license "},
    {.key = "Beerware", .start = " the beerware license "},
    {.key = "WTFPL", .start = " do what the fuck you want to "},
    {.key = "Unlicense",
     .start = " this is free and unencumbered software released into the public domain "},
    {.key = "dtoa",
     .start = " permission to use copy modify and distribute this software for any purpose without "
              "fee is hereby "
              "granted provided that this entire notice is included in all copies "},
    {.key = "OLDAP-2.8", .start = " the openldap public license version 2.8 "},
    {.key = "Bitstream-Vera",
     .start =
         " permission is hereby granted free of charge to any person obtaining a copy of the fonts "
         "accompanying this license "},
    {.key = "OFL-1.1", .start = " sil open font license version 1.1 "},
    {.key = "OFL-1.1", .start = " this font software is licensed under the sil open font license "},
    {.key = "SGI-B-2.0", .start = " sgi free software license b "},

    // Licences with a name of their own.
    {.key = "Apache-2.0", .start = " apache license version 2.0 "},
    {.key = "Apache-2.0", .start = " apache license 2.0 "},
    {.key = "Apache-2.0", .start = " apache license v 2.0 "},
    {.key = "Apache-2.0", .start = " apache license v2.0 "},
    {.key = "Apache-2.0", .start = " apache 2.0 license ", .confidence = MEDIUM},
    {.key = "Apache-2.0", .start = " apache version 2.0 license ", .confidence = MEDIUM},
    {.key = "Apache-2.0", .start = " commonlicenses apache2.0 ", .confidence = MEDIUM},
    {.key = "BSL-1.0", .start = " boost software license version 1.0 "},
    {.key = "BSL-1.0",
     .start = " permission is hereby granted free of charge to any person or organization "
              "obtaining a copy of "
              "the software and accompanying documentation covered by this license "},
    {.key = "MPL-1.1", .start = " mozilla public license version 1.1 "},
    {.key = "MPL-1.1", .start = " mozilla public license 1.1 "},
    {.key = "MPL-2.0", .start = " mozilla public license version 2.0 "},
    {.key = "MPL-2.0", .start = " mozilla public license v 2.0 "},
    {.key = "MPL-2.0", .start = " mozilla public license 2.0 "},
    {.key = "Artistic-2.0", .start = " artistic license 2.0 "},
    {.key = "Artistic-2.0", .start = " artistic license version 2.0 "},
    {.key = "Artistic-1.0-Perl",
     .start = " terms of the artistic license ",
     .never = " 2.0 ",
     .reach = 60},
    {.key = "Artistic-1.0-Perl", .start = " commonlicenses artistic ", .confidence = MEDIUM},
    {.key = "Artistic-1.0-Perl", .start = " same terms as perl itself "},
    {.key = "EPL-1.0", .start = " eclipse public license v1.0 "},
    {.key = "EPL-1.0", .start = " eclipse public license version 1.0 "},
    {.key = "EPL-2.0", .start = " eclipse public license v2.0 "},
    {.key = "EPL-2.0", .start = " eclipse public license version 2.0 "},
    {.key = "CDDL-1.0",
     .start = " common development and distribution license ",
     .confidence = MEDIUM},
    {.key = "CPL-1.0", .start = " common public license ", .confidence = MEDIUM},
    {.key = "AFL-2.1", .start = " academic free license version 2.1 "},
    {.key = "Python-2.0",
     .start = " this license agreement is between the python software foundation "},
    {.key = "OpenSSL", .start = " products derived from this software may not be called openssl "},
    {.key = "OpenSSL",
     .start = " this product includes software developed by the openssl project "},
    {.key = "W3C", .start = " w3c software notice and license "},
    {.key = "ZPL-2.1", .start = " zope public license zpl version 2.1 "},
    {.key = "ZPL-2.0", .start = " zope public license zpl version 2.0 "},
    {.key = "ICU", .start = " icu license "},
    {.key = "MS-PL", .start = " microsoft public license "},

    // Creative Commons.
    {.key = "CC0-1.0", .start = " cc0 1.0 "},
    {.key = "CC0-1.0", .start = " creative commons zero "},
    {.key = "CC0-1.0", .start = " commonlicenses cc01.0 ", .confidence = MEDIUM},
    {.key = "CC-BY-3.0", .start = " creative commons attribution 3.0 "},
    {.key = "CC-BY-4.0", .start = " creative commons attribution 4.0 "},
    {.key = "CC-BY-SA-2.5", .start = " creative commons attributionsharealike 2.5 "},
    {.key = "CC-BY-SA-3.0", .start = " creative commons attributionsharealike 3.0 "},
    {.key = "CC-BY-SA-3.0", .start = " creative commons attribution sharealike 3.0 "},
    {.key = "CC-BY-SA-3.0",
     .start = " creativecommons org licenses bysa 3.0 ",
     .confidence = MEDIUM},
    {.key = "CC-BY-SA-4.0", .start = " creative commons attributionsharealike 4.0 "},
    {.key = "CC-BY-SA-4.0",
     .start = " creativecommons org licenses bysa 4.0 ",
     .confidence = MEDIUM},

    // The Free Software Foundation's small ones.
    {.key = "FSFAP",
     .start = " copying and distribution of this file with or without modification are permitted "
              "in any medium "
              "without royalty "},
    {.key = "FSFULLR",
     .start = " gives unlimited permission to copy and or distribute it with or without "
              "modifications as long "
              "as this notice is preserved "},
    {.key = "FSFUL",
     .start = " the free software foundation gives unlimited permission to copy distribute and "
              "modify it "},
    {.key = "Latex2e",
     .start = " permission is granted to make and distribute verbatim copies of this manual "
              "provided the "
              "copyright notice and this permission notice are preserved on all copies "},

    // Given away.
    {.key = "LicenseRef-public-domain", .start = " in the public domain ", .confidence = MEDIUM},
    {.key = "LicenseRef-public-domain", .start = " into the public domain ", .confidence = MEDIUM},
    {.key = "LicenseRef-public-domain", .start = " to the public domain ", .confidence = MEDIUM},
    {.key = "LicenseRef-public-domain", .start = " is public domain ", .confidence = MEDIUM},
    {.key = "LicenseRef-public-domain", .start = " are public domain ", .confidence = MEDIUM},
    {.key = "LicenseRef-public-domain",
     .start = " explicitly disclaims copyright ",
     .confidence = MEDIUM},
});

/// The first place where the wording holds, or npos.
std::size_t find(std::string_view text, const wording& w) {
  for (auto at = text.find(w.start); at != std::string_view::npos;
       at = text.find(w.start, at + 1)) {
    const auto after = text.substr(at + w.start.size() - 1, w.reach);
    if ((w.also.empty() || after.contains(w.also)) &&
        (w.never.empty() || !after.contains(w.never))) {
      return at;
    }
  }
  return std::string_view::npos;
}

constexpr std::string_view bsd_start =
    " redistribution and use in source and binary forms with or without modification ";

std::string_view bsd_key(std::string_view body) {
  auto has = [body](std::string_view phrase) { return body.contains(phrase); };
  if (has(" may not be called apache ")) return "Apache-1.1";
  if (has(" openssl ")) return "OpenSSL";
  if (has(" the origin of this software must not be misrepresented ")) return "bzip2-1.0.6";
  const bool advertising = has(" all advertising materials mentioning ");
  const bool endorsement = has(" endorse or promote ");
  if (advertising) return "BSD-4-Clause";
  if (has(" no express or implied licenses to any partys patent rights "))
    return "BSD-3-Clause-Clear";
  if (endorsement) return "BSD-3-Clause";
  if (has(" in binary form ")) return "BSD-2-Clause";
  return "BSD-1-Clause";
}

}  // namespace

std::span<const wording> known_wordings() { return table; }

std::vector<recognised> licences_by_wording(const plain_words& words) {
  std::vector<recognised> result;
  for (const auto& w : table) {
    const auto at = find(words.text(), w);
    if (at != std::string_view::npos) {
      result.push_back({std::string(w.key), w.confidence, at});
    }
  }
  return result;
}

std::vector<recognised> bsd_licences(const plain_words& words) {
  constexpr std::size_t longest_text = 3'000;
  const auto text = words.text();
  std::vector<recognised> result;
  std::set<std::string_view> seen;
  for (auto at = text.find(bsd_start); at != std::string_view::npos;) {
    const auto next = text.find(bsd_start, at + 1);
    // Up to the next one's first space, which ends the last word of this one.
    const auto end = next == std::string_view::npos ? text.size() : next + 1;
    const auto body = text.substr(at, std::min(longest_text, end - at));
    if (const auto key = bsd_key(body); seen.insert(key).second) {
      result.push_back({std::string(key), audit::v1::HIGH, at});
    }
    at = next;
  }
  return result;
}

}  // namespace licence_audit

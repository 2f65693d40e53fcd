#pragma once

#include <vector>

#include "examples/licence_audit/plain_words.hpp"
#include "examples/licence_audit/recognised.hpp"

namespace licence_audit {

/// The licences of the GNU family (GPL, LGPL, AGPL, GFDL) that a text grants, with their versions.
///
/// They are not told by fixed words: "either version 2 of the License, or (at your option) any
/// later version", "GPL v2 or later" and "version 2 of the GNU General Public License" are the
/// same, and "the complete text of the GNU General Public License, version 3, can be found in
/// /usr/share/common-licenses/GPL-3" grants nothing. So each mention is weighed by the words around
/// it: a grant counts first (HIGH, without a version MEDIUM), a reference or a mention only where
/// its family has no grant (MEDIUM with a version, else LOW).
std::vector<recognised> gnu_grants(const plain_words& words);

}  // namespace licence_audit

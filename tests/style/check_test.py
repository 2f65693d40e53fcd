"""The checks find what they are for: each is shown a planted violation, and clean code beside it."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import calls
import formatting
import layering
import limits
import links
import names
import protocol_numbers
import sources
import tidy

LATER = "TO" + "DO"


class Checkout(unittest.TestCase):
    """A checkout in a temporary folder, made of the files that a test writes."""

    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def places(self, check):
        findings, _ = check(self.root)
        for finding in findings:
            self.assertRegex(str(finding), r"^\S+:\d+: .+: .+$")
        return sorted((finding.path, finding.line) for finding in findings)


class layering_test(Checkout):
    def test_an_include_against_the_direction_is_found(self):
        self.write("runtime/a.hpp", '#pragma once\n#include "actors/node.hpp"\n#include "runtime/b.hpp"\n')
        self.write("transport/a.cpp", '#include "runtime/a.hpp"\n#include "actors/node.hpp"\n')
        self.write("actors/a.cpp", '#include "transport/log.hpp"\n#include "perdure/record/v1/record.pb.h"\n')
        self.write("nexus/a.cpp", '#include "transport/log.hpp"\n#include "actors/node.hpp"\n')
        self.assertEqual(self.places(layering.check), [("actors/a.cpp", 1), ("runtime/a.hpp", 2), ("transport/a.cpp", 2)])

    def test_the_core_knows_no_caf_kafka_asio_thread_mutex_or_file_header(self):
        headers = ("caf/all.hpp", "librdkafka/rdkafka.h", "boost/asio.hpp", "thread", "mutex", "fstream", "sys/mman.h",
                   "unistd.h", "random", "ctime", "rocksdb/db.h", "spdlog/spdlog.h")
        self.write("runtime/a.cpp", "".join(f"#include <{header}>\n" for header in headers) + "#include <vector>\n")
        self.assertEqual(self.places(layering.check), [("runtime/a.cpp", n + 1) for n in range(len(headers))])

    def test_caf_and_asio_stay_apart(self):
        self.write("transport/a.cpp", "#include <boost/asio.hpp>\n#include <caf/all.hpp>\n")
        self.write("actors/a.cpp", "#include <caf/all.hpp>\n#include <boost/asio.hpp>\n")
        self.assertEqual(self.places(layering.check), [("actors/a.cpp", 2), ("transport/a.cpp", 2)])

    def test_actors_touch_no_files(self):
        self.write("actors/a.cpp", "#include <vector>\n#include <fcntl.h>\n#include <filesystem>\n")
        self.write("transport/a.cpp", "#include <fcntl.h>\n")
        self.assertEqual(self.places(layering.check), [("actors/a.cpp", 2), ("actors/a.cpp", 3)])

    def test_a_unit_test_knows_what_its_folder_knows(self):
        self.write("tests/unit/runtime/a_test.cpp", '#include "runtime/a.hpp"\n#include "tests/unit/runtime/world.hpp"\n'
                   '#include "transport/log.hpp"\n')
        self.write("tests/integration/a_test.cpp", '#include "transport/log.hpp"\n')
        self.assertEqual(self.places(layering.check), [("tests/unit/runtime/a_test.cpp", 3)])

    def test_an_include_without_a_folder_is_found(self):
        self.write("runtime/a.cpp", '#include "a.hpp"\n')
        self.assertEqual(self.places(layering.check), [("runtime/a.cpp", 1)])

    def test_an_exception_needs_a_reason(self):
        self.write("runtime/a.cpp", "// style: allow(include) measured: nothing else works\n#include <thread>\n"
                   "#include <vector>\n#include <mutex>  // style: allow(include)\n")
        self.assertEqual(self.places(layering.check), [("runtime/a.cpp", 4)])


class limits_test(Checkout):
    def test_a_file_over_the_limit_is_found(self):
        self.write("runtime/long.cpp", "int a;\n" * 601)
        self.write("runtime/full.cpp", "int a;\n" * 600)
        self.write("build/dev/generated.cpp", "int a;\n" * 900)
        self.assertEqual(self.places(limits.check_files), [("runtime/long.cpp", 601)])
        self.assertIn("longest 601", limits.check_files(self.root)[1])

    def body(self, lines):
        return "  int a = f({1, 2}, [] { return 3; });\n" * lines

    def test_a_function_over_the_limit_is_found(self):
        self.write("runtime/a.cpp", "namespace perdure {\nint f(int a) {\n" + self.body(59) + "}\n"
                   "int g(int a) {\n" + self.body(58) + "}\n}  // namespace perdure\n")
        self.assertEqual(self.places(limits.check_functions), [("runtime/a.cpp", 2)])

    def test_functions_are_found_in_all_their_shapes(self):
        self.write("runtime/a.cpp", f"""
template <class T, typename = enable<(1 > 0)>>
void templated(T value) {{
{self.body(70)}}}
class thing final : public base<int> {{
  thing(int a) : a_(a), b_{{1}}, c_{{a, 2}} {{
{self.body(70)}  }}
  std::string text() const noexcept override {{
    return "}} // not the end";  // }} nor here
{self.body(70)}  }}
  std::vector<int> values_ = {{
{"      1," + chr(10) * 70}
  }};
  int a_;
}};
TEST(suite, name) {{
  auto raw = R"x( }}}}}} )x";
  char brace = '}}';
  long number = 1'000'000;
{self.body(70)}}}
enum class kind {{
{"  one," * 3 + chr(10) * 80}
}};
""")
        self.assertEqual([line for _, line in self.places(limits.check_functions)], [3, 76, 148, 296])

    def test_an_exception_needs_a_reason(self):
        self.write("runtime/a.cpp", "// style: allow(length) one table, told at once\nint f() {\n" + self.body(70) + "}\n"
                   "// style: allow(length)\nint g() {\n" + self.body(70) + "}\n")
        self.assertEqual(self.places(limits.check_functions), [("runtime/a.cpp", 75)])


class calls_test(Checkout):
    def planted(self, path, *lines):
        self.write(path, "".join(line + "\n" for line in lines))
        return [line for found, line in self.places(calls.check) if found == path]

    def test_clocks(self):
        bad = ("auto t = std::chrono::system_clock::now();", "auto t = steady_clock :: now();", "auto t = time(nullptr);",
               "clock_gettime(CLOCK_REALTIME, &t);")
        self.assertEqual(self.planted("runtime/a.cpp", *bad), [1, 2, 3, 4])
        self.assertEqual(self.planted("actors/a.cpp", *bad), [1, 2, 3, 4])
        self.assertEqual(self.planted("tests/unit/runtime/a_test.cpp", bad[0]), [1])
        for path in ("transport/system_clock.cpp", "deploy/a.cpp", "bench/a.cpp", "tests/integration/a_test.cpp"):
            self.assertEqual(self.planted(path, *bad), [], path)

    def test_comments_and_texts_are_no_calls(self):
        self.assertEqual(self.planted("runtime/a.cpp", "// system_clock::now() is banned", 'auto t = "rand()";',
                                      "/* [=] */ int operand(int);", "auto now = clock.now();"), [])

    def test_chance(self):
        self.assertEqual(self.planted("runtime/a.cpp", "std::random_device seed;", "int a = rand();", "getrandom(b, 1, 0);"), [1, 2, 3])
        self.assertEqual(self.planted("transport/system_random.cpp", "getrandom(b, 1, 0);"), [])

    def test_captures(self):
        self.assertEqual(self.planted("actors/a.cpp", "auto f = [=] {};", "auto f = [&] {};", "auto f = [&, b] {};",
                                      "auto f = [self] {};", "a[i] &= b;", "auto f = [&b] {};"), [1, 2, 3])
        self.assertEqual(self.planted("runtime/a.cpp", "auto f = [=, this] {};", "auto f = [&] {};"), [1])

    def test_sleeps_and_threads(self):
        self.assertEqual(self.planted("tests/unit/actors/a_test.cpp", "std::this_thread::sleep_for(1s);", "usleep(5);",
                                      "co_await ctx.sleep(72h);", "co_await ctx.sleep_until(due);", "std::thread t;",
                                      "auto n = std::thread::hardware_concurrency();", "std::jthread t;", "pending<void> sleep(delay d);",
                                      "  sleep(3);", "if (a) { ::sleep(3); }"), [1, 2, 5, 9, 10])
        self.assertEqual(self.planted("tests/integration/a_test.cpp", "std::this_thread::sleep_for(1s);"), [])

    def test_real_time_in_actors_stands_behind_a_seam(self):
        bad = ("std::jthread t;", "done.wait_for(wait);", "std::condition_variable_any wake;", "std::binary_semaphore s{0};")
        self.assertEqual(self.planted("actors/partition.cpp", *bad), [1, 2, 3, 4])
        for path in ("actors/step_pool.cpp", "deploy/a.cpp", "tests/unit/actors/a_test.cpp"):
            self.assertEqual(self.planted(path, *bad), [], path)
        self.assertEqual(self.planted("actors/gateway.cpp", "std::jthread::id of;", "thread_local int a;", "who.wait_until_ready();"), [])

    def test_disabled_tests(self):
        self.assertEqual(self.planted("tests/unit/actors/a_test.cpp", "TEST(lease, DISABLED_expires) {}"), [1])

    def test_what_is_left_for_later(self):
        self.assertEqual(self.planted("nexus/a.hpp", "int a;", f"// {LATER}: finish", f"int {LATER}_list;"), [2])
        self.assertEqual(self.planted("docs/a.md", f"- {LATER} write"), [1])

    def test_an_exception_needs_a_reason(self):
        self.assertEqual(self.planted("actors/a.cpp", "auto f = [=] {};  // style: allow(capture) copies three numbers",
                                      "int a;", "auto f = [=] {};  // style: allow(clock) another rule"), [3])


class names_test(Checkout):
    def test_empty_names_are_found(self):
        for path in ("runtime/util.hpp", "runtime/log_helpers.cpp", "nexus/common.hpp", "actors/node_manager.hpp", "runtime/utility_bill.hpp"):
            self.write(path, "")
        self.write("runtime/uncommon.hpp", "")
        self.assertEqual(len(self.places(names.check_names)), 5)

    def test_spelling_and_endings_are_found(self):
        for path in ("runtime/Log.hpp", "runtime/log-file.cpp", "runtime/log.h", "runtime/log.cc"):
            self.write(path, "")
        self.write("tests/unit/runtime/log.cpp", "TEST(log, is_empty) {}\n")
        self.write("tests/unit/runtime/world.cpp", "int world;\n")
        self.assertEqual(len(self.places(names.check_names)), 5)

    def test_folders_have_readmes_that_say_never(self):
        self.write("runtime/README.md", "# runtime\n\nIt never touches a file.\n")
        self.write("transport/README.md", "# transport\n\nIt holds the log.\n")
        self.write("tests/README.md", "no heading\n")
        self.write("docs/README.md", "# docs\n")
        self.write("docs/formats/batch.md", "# Batch\n")
        self.write("actors/node.cpp", "")
        self.write("stuff/README.md", "# stuff\n")
        self.write("build/x", "")
        self.write(".ci/run", "")
        self.assertEqual([path for path, _ in self.places(names.check_readmes)],
                         ["actors/README.md", "docs/README.md", "stuff", "tests/README.md", "transport/README.md"])

    def test_folders_in_those_of_code_have_readmes_too(self):
        for folder in ("runtime", "runtime/apply", "tests", "tests/unit"):
            self.write(f"{folder}/README.md", f"# {folder}\n\nNever without a test.\n")
        self.write("runtime/author/context.cpp", "")
        self.write("tests/world/README.md", "# tests/world\n\nWhat tests share.\n")
        self.write("tests/unit/runtime/a_test.cpp", "")
        self.write("tests/__pycache__/x.pyc", "")
        (self.root / "runtime/left_behind").mkdir()
        self.write("proto/README.md", "# proto\n\nNever logic.\n")
        self.write("proto/perdure/v1/options.proto", "")
        self.assertEqual([path for path, _ in self.places(names.check_readmes)],
                         ["runtime/author/README.md", "tests/world/README.md"])


class links_test(Checkout):
    def test_links_lead_somewhere_and_pages_are_reached(self):
        self.write("README.md", "[docs](docs/README.md) [code](runtime/README.md#top) [web](https://example.org)\n")
        self.write("runtime/README.md", "[gone](../docs/gone.md)\n`[code](x)`\n\n    [code](y)\n```\n[code](z)\n```\n")
        self.write("docs/README.md", "# docs\n[guide](guide.md) [here](#docs)\n")
        self.write("docs/guide.md", "[format](formats/one.md)\n")
        self.write("docs/formats/one.md", "# one\n")
        self.write("docs/lost.md", "# lost\n")
        self.assertEqual(self.places(links.check), [("docs/lost.md", 1), ("runtime/README.md", 1)])


class protocol_numbers_test(Checkout):
    PAGE = """# Protocol
## 2. The log
2.1 State is a fold.
- **2.2** Three sorts. As 2.9 says in passing.
### 2.3 Turns
2.10. Ten.
Version 0.17.6 is no rule.
0.17.6 neither.
## Deferred
- 4.1 later
## 5. Owners
5.1 Claims.
"""

    def findings(self, tests, page=PAGE):
        self.write(protocol_numbers.PAGE, page)
        self.write("tests/unit/runtime/a_test.cpp", tests)
        return self.places(protocol_numbers.check)

    COMPLETE = """
TEST(fold, rule_2_1_is_pure) {}
TEST_F(turns, rule_2_2_and_rule_2_3_hold) {}
TEST(rule_2_10, ten) {}
TEST_P(claims,
       rule_5_1_names_the_epoch) {}
"""

    def test_a_complete_page_passes_and_prints_what_is_deferred(self):
        self.assertEqual(self.findings(self.COMPLETE), [])
        self.assertEqual(protocol_numbers.check(self.root)[1], "5 rules in scope; deferred: 4.1")

    def test_a_rule_without_a_test_is_found(self):
        self.assertEqual(self.findings(self.COMPLETE.replace("rule_2_10, ", "rule_2_1, ")), [("docs/protocol.md", 6)])

    def test_a_comment_is_no_test(self):
        self.assertEqual(self.findings(self.COMPLETE.replace("TEST(rule_2_10", "// TEST(rule_2_10")), [("docs/protocol.md", 6)])

    def test_a_test_of_an_unknown_or_deferred_rule_is_found(self):
        tests = self.COMPLETE + "TEST(a, rule_9_9_x) {}\nTEST(b, rule_4_1_y) {}\n"
        self.assertEqual(self.findings(tests), [("tests/unit/runtime/a_test.cpp", 7), ("tests/unit/runtime/a_test.cpp", 8)])

    def test_a_rule_both_in_scope_and_deferred_is_found(self):
        self.assertEqual(self.findings(self.COMPLETE, self.PAGE.replace("4.1", "2.1")), [("docs/protocol.md", 10)])

    def test_a_page_without_rules_is_found(self):
        self.assertEqual(self.findings("", "# Protocol\n"), [("docs/protocol.md", 1)])

    def test_only_a_missing_page_skips(self):
        self.assertIn("skipped", protocol_numbers.check(self.root)[1])


class tools_test(Checkout):
    def write_settings(self):
        for name in (".clang-format", ".clang-tidy"):
            shutil.copy(pathlib.Path(__file__).resolve().parents[2] / name, self.root / name)

    def test_an_unformatted_file_is_found(self):
        self.write_settings()
        self.write("runtime/a.cpp", "int main() { return 0; }\n")
        self.write("runtime/b.cpp", "int  f( ) ;\nint g( );\n")
        self.assertEqual(self.places(formatting.check), [("runtime/b.cpp", 1)])

    def prepare_tidy(self):
        self.write_settings()
        self.write("runtime/a.hpp", "#pragma once\nstruct thing {\n  int value;\n};\n")
        self.write("runtime/a.cpp", '#include "runtime/a.hpp"\n\nint good(thing t) { return t.value; }\n')
        self.write("runtime/b.cpp", "int BadName() { return 1; }\n")
        entries = [f'{{"directory": "{self.root}", "file": "runtime/{name}.cpp", "command": "clang++-19 -std=c++23 -I. -c runtime/{name}.cpp"}}'
                   for name in ("a", "b")]
        self.write("build/asan/compile_commands.json", f"[{','.join(entries)}]")
        self.git("init", "-q", "-b", "main")
        self.write(".gitignore", "/build/\n")
        self.commit("first")

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=self.root, check=True, capture_output=True)

    def commit(self, text):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", text)

    def tidy(self, full=False):
        findings, summary = tidy.check(self.root, self.root / "build/asan", full)
        return [(finding.path, finding.line) for finding in findings], summary.split(",")[0]

    def test_tidy_looks_at_what_changed_and_remembers_what_passed(self):
        self.prepare_tidy()
        self.assertEqual(self.tidy(full=True), ([("runtime/b.cpp", 1)], "2 files looked at"))
        self.write("docs/a.md", "# a\n")
        self.commit("second")
        self.assertEqual(self.tidy(), ([], "0 files looked at"))
        self.write("runtime/a.hpp", "#pragma once\nstruct thing {\n  int BadValue, value;\n};\n")
        self.assertEqual(self.tidy(), ([("runtime/a.hpp", 3)], "1 files looked at"))
        self.write("runtime/a.hpp", "#pragma once\nstruct thing {\n  int value;\n  int more;\n};\n")
        self.assertEqual(self.tidy(), ([], "1 files looked at"))
        self.assertEqual(self.tidy(), ([], "0 files looked at"))

    def test_tidy_on_a_branch_looks_at_all_its_commits(self):
        self.prepare_tidy()
        self.git("checkout", "-q", "-b", "work")
        self.write("runtime/b.cpp", "int StillBad() { return 1; }\n")
        self.commit("second")
        self.write("docs/a.md", "# a\n")
        self.commit("third")
        self.assertEqual(self.tidy(), ([("runtime/b.cpp", 1)], "1 files looked at"))

    def test_tidy_reports_a_file_that_does_not_compile(self):
        self.prepare_tidy()
        self.write("docs/a.md", "# a\n")
        self.commit("second")
        self.write("runtime/a.cpp", '#include "runtime/missing.hpp"\n')
        self.assertEqual(self.tidy()[0], [("runtime/a.cpp", 1)])

    def test_tidy_without_compile_commands_skips(self):
        self.assertIn("skipped", tidy.check(self.root, self.root / "build")[1])


class command_test(Checkout):
    def run_check(self, name):
        script = pathlib.Path(__file__).with_name("check.py")
        return subprocess.run([sys.executable, "-B", str(script), name, "--root", str(self.root)], capture_output=True, text=True)

    def test_a_finding_fails_the_test_and_says_what_to_do(self):
        self.write("runtime/a.cpp", "#include <caf/all.hpp>\n")
        run = self.run_check("layering")
        self.assertEqual(run.returncode, 1)
        self.assertIn("runtime/a.cpp:1: <caf/all.hpp> in runtime/: the core knows no CAF", run.stdout)

    def test_no_finding_passes_and_a_skip_is_told(self):
        self.write("runtime/a.cpp", "#include <vector>\n")
        self.assertEqual(self.run_check("layering").returncode, 0)
        self.assertEqual(self.run_check("protocol_numbers").returncode, 77)


class strip_test(unittest.TestCase):
    def test_lines_and_columns_stay(self):
        text = 'a; // b\n"c\\"{" /* d\n{ */ R"(x\n{)" \'{\' 1\'000\n'
        stripped = sources.strip(text)
        self.assertEqual(len(stripped), len(text))
        self.assertEqual(stripped.count("\n"), text.count("\n"))
        self.assertNotIn("{", stripped)
        self.assertIn("1'000", stripped)


if __name__ == "__main__":
    os.chdir(pathlib.Path(__file__).parent)
    unittest.main()

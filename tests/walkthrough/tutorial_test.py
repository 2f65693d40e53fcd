"""The README's first tutorial."""

import re

from tutorial import BUILD, SOURCE, Page, blocks, main, part

HEADING = "## A first tutorial"
ON_KAFKA = "### The same on Kafka"


class Tutorial(Page):
    def test_every_command_works_as_printed_and_says_what_is_printed(self):
        page = blocks(part(HEADING).partition(ON_KAFKA)[0])
        self.assertIn("./perdure-dev build", page[0][0])
        self.assertGreater(len(page), 6)
        self.run_blocks(page[1:])

    def test_the_folders_on_the_path_hold_the_programs(self):
        command = blocks(part(HEADING))[0][0]
        folders = [BUILD / folder for folder in re.findall(r"\$PWD/build/release/([^:\s]+)", command)]
        folders += [SOURCE / folder for folder in re.findall(r"\$PWD/(deploy/[^:\s]+)", command)]
        for program in ("perdure", "hello", "kafka"):
            self.assertTrue(any((folder / program).is_file() for folder in folders), program)

    def test_each_page_that_it_names_is_there(self):
        text = (SOURCE / "README.md").read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            self.assertTrue((SOURCE / target).exists(), target)


if __name__ == "__main__":
    main(7080)

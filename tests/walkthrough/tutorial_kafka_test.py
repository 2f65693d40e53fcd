"""The README's tutorial on Kafka: two nodes, of which one dies."""

from tutorial import Page, blocks, main, part


class TutorialOnKafka(Page):
    def test_every_command_works_as_printed_and_says_what_is_printed(self):
        page = blocks(part("### The same on Kafka"))
        self.assertGreater(len(page), 2)
        self.run_blocks(page)


if __name__ == "__main__":
    main(7080, 7081)

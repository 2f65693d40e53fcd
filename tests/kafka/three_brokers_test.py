"""Three real brokers: what one leads, another takes over, and it comes back."""

import unittest

from brokers import Directory, answer, create_topic, eventually, processes_below, told_by


class ThreeBrokers(unittest.TestCase):
    def test_a_leader_is_killed_replaced_and_back(self):
        here = Directory(self)
        ports = here.start("--brokers", "3")
        self.assertEqual(len(ports), 3)
        for port in ports.values():
            self.assertEqual(told_by(port).ports, ports)
        self.assertEqual(create_topic(ports[1], "mailbox", copies=3), 0)
        leader = eventually(self, "a leader", lambda: max(0, self.leader(ports[1])))

        here.succeeds("kill", "--broker", str(leader))
        alive = {number: port for number, port in ports.items() if number != leader}
        some_port = min(alive.values())
        eventually(self, "another leader", lambda: self.leader(some_port) in alive)
        eventually(self, "the dead one is given up", lambda: (told := answer(some_port)) and told.ports == alive)
        self.assertIn(f"broker {leader}: dead", here.fails("status"))

        here.succeeds("restart", "--broker", str(leader))
        for port in ports.values():
            self.assertEqual(told_by(port).ports, ports)
        here.succeeds("status")
        here.succeeds("stop")
        self.assertEqual(processes_below(here.path), [])

    def leader(self, port):
        """Of the topic, or -1."""
        told = answer(port, ["mailbox"])
        return told.leaders.get(("mailbox", 0), -1) if told else -1


if __name__ == "__main__":
    unittest.main()

# -*- coding: utf-8 -*-
"""Output of nightreel-render, as Afanasy shows it: goes into afanasy/python/parsers of CGRU on every rendering machine."""
from parsers import parser

import re

PROGRESS = re.compile(r'^openjd_progress: (\d+(?:\.\d+)?)\s*$', re.MULTILINE)
STATUS = re.compile(r'^openjd_status: (.*)$', re.MULTILINE)
FAILURE = re.compile(r'^openjd_fail: (.*)$', re.MULTILINE)
ENDED = re.compile(r'^(\d+):(\d+)$')  # how the process ended, as wait() says it, and when it was asked to stop

# Exit codes that another run would end with too: wrong arguments, bad input.
NEVER_REPEATED = (2, 3)


class nightreel(parser.parser):
    """Percent, activity and the reason of a failure; what cannot succeed is a fatal error, which is not repeated
    """

    def __init__(self):
        parser.parser.__init__(self)
        self.rest = ''

    def do(self, i_args):
        ended = ENDED.match(i_args.get('mode', ''))
        # Output comes in pieces, which need not end with a line.
        text = self.rest + i_args['data']
        end = len(text) if ended else text.rfind('\n') + 1
        self.rest = text[end:]
        lines = text[:end]

        for percent in PROGRESS.findall(lines)[-1:]:
            self.percentframe = int(float(percent))
            self.calculate()
        for status in STATUS.findall(lines)[-1:]:
            self.activity = status
        for failure in FAILURE.findall(lines)[-1:]:
            self.report = failure
        if ended and ended.group(2) == '0':
            status = int(ended.group(1))
            if status & 0x7f == 0 and status >> 8 in NEVER_REPEATED:
                self.fatalerror = True

# -*- coding: utf-8 -*-
"""Units of a Nightreel night: goes into afanasy/python/services of CGRU on every rendering machine."""
from services import service

parser = 'nightreel'


class nightreel(service.service):
    """Nightreel
    """

    def checkExitStatus(self, i_status):
        # afrender asks for fatal errors of the parser only when the exit status counts as good.
        if self.parser is not None and self.parser.fatalerror:
            return True
        return service.service.checkExitStatus(self, i_status)

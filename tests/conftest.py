"""Property tests draw new examples at every run here, and always the same ones where CI is set.

No example has a deadline: on a loaded machine any may take long.
"""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")

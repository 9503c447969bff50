"""A peer that fails as its arguments say; each request but `break` is answered with a second.

`import NAME` imports a package, `from NAME PART` a part of one, `raise` fails before it answers.
"""

import importlib
import sys

wish, *names = sys.argv[1:]
if wish == "import":
    importlib.import_module(*names)
if wish == "from":
    exec("from {} import {}".format(*names))
if wish == "raise":
    raise ValueError("the pot is empty")

for line in sys.stdin:
    if line.strip() == "break":
        print("a warning that comes before", file=sys.stderr)
        raise ValueError("the pot broke")
    print(1.0)

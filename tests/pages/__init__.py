"""Golden pages: news pages of our own making in sixteen languages, with what an extractor must find in them.

python -m tests.pages            # measure, and say what falls short
python -m tests.pages --build    # write the pages again after a change of their making
python -m tests.pages --raise    # raise the floor to what is measured; never lowers it
"""

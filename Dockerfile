# syntax=docker/dockerfile:1
# The grader with TensorFlow, for a CI job or a machine that grades a class:
#   docker build -t cnn-grader .
#   docker run --rm -v "$PWD:/work" cnn-grader check submission.py
FROM python:3.12-slim-bookworm

# bubblewrap: the outer wall around a class run. Its version is the distribution's own, with its security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/cnn-grader
# What is installed changes seldom, the grader often: its dependencies are a layer of their own.
COPY .ci/constraints.txt pyproject.toml README.md LICENSE ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" > requirements.txt \
    && pip install --no-cache-dir --disable-pip-version-check -c constraints.txt -r requirements.txt
COPY grader grader
COPY exercises exercises
COPY rubrics rubrics
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps . \
    && grader exercises

RUN useradd --create-home --uid 1000 grader && mkdir /work && chown grader /work
# By number, so that a cluster that refuses root can see that it is none.
USER 1000
WORKDIR /work
ENV GRADER_CACHE_DIR=/home/grader/.cache/grader
ENTRYPOINT ["grader"]
CMD ["--help"]

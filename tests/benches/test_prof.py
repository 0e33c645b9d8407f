import asyncio, cProfile, pstats, time, sys
import pytest, numpy as np
from django.db import connection
from tests.database import owner_connection, as_login
from tests.benches.stage import make_crowd, token_of, A_DAY
from tests.benches.test_monitoring import Bench, compact_body, bundle_body, day_of, BUNDLE, COMPACT
from hearthline.ingest import compact, fhir
from hearthline.monitoring.readings.pipeline.normalise import normalise
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import Submission
from hearthline.ingest.connections import connect
pytestmark=[pytest.mark.bench, pytest.mark.slow]

def test_prof(committed, people):
    with owner_connection(connection.settings_dict["NAME"]) as owner:
        crowd = make_crowd(owner, people, rows=400_000, count=10000)
    us=time.time_ns()//1000
    for name, read, make in (("compact", compact.read, lambda t,p: compact_body(t)),("fhir",fhir.read_bundle,bundle_body)):
        bodies=[make(day_of(crowd, 40+n), 1) for n in range(60)]
        t=time.perf_counter(); rs=[read(b) for b in bodies]; a=time.perf_counter()
        ds=[r.draft(lambda i: 1000001) for r in rs]; b=time.perf_counter()
        ns=[normalise(d, us) for d in ds]; c=time.perf_counter()
        n=60*288
        print(f"\n{name}: read {1e6*(a-t)/n:.2f} draft {1e6*(b-a)/n:.2f} normalise {1e6*(c-b)/n:.2f} us each; body {len(bodies[0])}")
    with as_login("ingest"):
        c=connect(autocommit=False)
        def subs(count, turn, single=False):
            out=[]
            for n in range(count):
                p=1+n% (crowd.with_history if not single else 10000)
                if single: p+=crowd.with_history
                times=day_of(crowd, turn+n//crowd.with_history)
                if single: times=times[:1]
                body=compact_body(times)
                r=compact.read(body); rows,out_=normalise(r.draft(lambda i: 1000000+p),us)
                out.append(Submission(crowd.organization_id,None,"compact",us,body,rows,out_))
            return out
        import collections
        T=collections.Counter(); N=collections.Counter()
        import psycopg
        class Cur(psycopg.Cursor):
            def execute(self,q,*a,**k):
                t=time.perf_counter(); r=super().execute(q,*a,**k); T[q[:60]]+=time.perf_counter()-t; N[q[:60]]+=1; return r
            def executemany(self,q,*a,**k):
                t=time.perf_counter(); r=super().executemany(q,*a,**k); T[q[:60]]+=time.perf_counter()-t; N[q[:60]]+=1; return r
        for label,single,count,rounds in (("day",False,69,12),("single",True,64,40),("single",True,512,20)):
          groups=[subs(count,100+k*3+(900 if single else 0)+count*3,single) for k in range(rounds)]
          T.clear();N.clear()
          t=time.perf_counter(); cpu=time.process_time()
          for g in groups:
            with c.transaction():
              with Cur(c) as cur: 
                cur.format=1; store_group(cur,g)
              t2=time.perf_counter()
            T["commit"]+=time.perf_counter()-t2
          t=time.perf_counter()-t; cpu=time.process_time()-cpu
          rows=sum(len(s.rows) for g in groups for s in g)
          print(f"{label} {count}: {1e6*t/rows:.2f} us a reading wall, cpu {1e6*cpu/rows:.2f}; group {1000*t/(rounds):.1f} ms")
          for q,v in T.most_common(): print(f"    {1e6*v/rows:8.2f} us  {1000*v/rounds:8.2f} ms a group {q!r}")
        c.close()
